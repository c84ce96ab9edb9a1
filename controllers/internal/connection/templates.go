// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// maxTemplates bounds the templates kept for one Manager; one takes some 10 kB decoded.
const maxTemplates = 2048

// templates keeps the template of a blueprint, which is large and does not change while the blueprint exists.
type templates struct {
	mu   *sync.Mutex
	kept map[string]keptTemplate
}

type keptTemplate struct {
	createdAt time.Time // when the blueprint was; zero: not known
	template  *cloudify.Template
}

func newTemplates() templates { return templates{mu: &sync.Mutex{}, kept: map[string]keptTemplate{}} }

func (t templates) template(ctx context.Context, m Manager, blueprintID string) (*cloudify.Template, error) {
	if kept, ok := t.get(blueprintID); ok {
		return kept.template, nil
	}
	template, err := m.GetTemplate(ctx, blueprintID)
	if err != nil {
		return nil, fmt.Errorf("read the plan of blueprint %s: %w", blueprintID, err)
	}
	t.put(blueprintID, keptTemplate{template: template})
	return template, nil
}

func (t templates) blueprint(ctx context.Context, m Manager, id string) (*cloudify.Blueprint, *cloudify.Template, error) {
	if kept, ok := t.get(id); ok {
		switch b, err := m.GetBlueprint(ctx, id); {
		case err != nil:
			return nil, nil, err
		case !b.Uploaded():
			return b, nil, nil
		case kept.createdAt.Equal(b.CreatedAt):
			return b, kept.template, nil
		}
	}
	b, template, err := m.GetBlueprintWithTemplate(ctx, id)
	switch {
	case err != nil:
		return nil, nil, err
	case !b.Uploaded():
		return b, nil, nil
	case template == nil:
		return nil, nil, errors.New("the Manager reports it as uploaded, but has no plan of it")
	}
	t.put(id, keptTemplate{createdAt: b.CreatedAt, template: template})
	return b, template, nil
}

func (t templates) get(id string) (keptTemplate, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept, ok := t.kept[id]
	return kept, ok
}

// put keeps a template, at the cost of an arbitrary other one when there would be too many.
func (t templates) put(id string, template keptTemplate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, replaces := t.kept[id]; !replaces && len(t.kept) >= maxTemplates {
		for other := range t.kept {
			delete(t.kept, other)
			break
		}
	}
	t.kept[id] = template
}
