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
	mu      *sync.Mutex
	entries map[string]templateEntry
}

type templateEntry struct {
	createdAt time.Time
	template  *cloudify.Template
}

func newTemplates() templates {
	return templates{mu: &sync.Mutex{}, entries: map[string]templateEntry{}}
}

// Template returns the template of a blueprint, read from the Manager once.
func (c *Connection) Template(ctx context.Context, blueprintID string) (*cloudify.Template, error) {
	if entry, ok := c.templates.get(blueprintID); ok {
		return entry.template, nil
	}
	template, err := c.GetTemplate(ctx, blueprintID)
	if err != nil {
		return nil, fmt.Errorf("read the plan of blueprint %s: %w", blueprintID, err)
	}
	c.templates.put(blueprintID, templateEntry{template: template})
	return template, nil
}

// Blueprint reads a blueprint, and once it is uploaded its template, in one request if the template is not known. That of one
// that was deleted and uploaded again under its ID is read again.
func (c *Connection) Blueprint(ctx context.Context, id string) (*cloudify.Blueprint, *cloudify.Template, error) {
	if entry, ok := c.templates.get(id); ok {
		switch b, err := c.GetBlueprint(ctx, id); {
		case err != nil:
			return nil, nil, err
		case !b.Uploaded():
			return b, nil, nil
		case entry.createdAt.Equal(b.CreatedAt):
			return b, entry.template, nil
		}
	}
	b, template, err := c.GetBlueprintWithTemplate(ctx, id)
	switch {
	case err != nil:
		return nil, nil, err
	case !b.Uploaded():
		return b, nil, nil
	case template == nil:
		return nil, nil, errors.New("the Manager says that it is uploaded, and has no plan of it")
	}
	c.templates.put(id, templateEntry{createdAt: b.CreatedAt, template: template})
	return b, template, nil
}

func (t templates) get(id string) (templateEntry, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	entry, ok := t.entries[id]
	return entry, ok
}

// put keeps an entry, at the cost of an arbitrary other one when there would be too many.
func (t templates) put(id string, entry templateEntry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, replaces := t.entries[id]; !replaces && len(t.entries) >= maxTemplates {
		for other := range t.entries {
			delete(t.entries, other)
			break
		}
	}
	t.entries[id] = entry
}
