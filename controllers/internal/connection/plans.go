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

// maxPlans bounds the plans kept for one Manager; one takes some 10 kB decoded.
const maxPlans = 2048

// plans keeps the plan of a blueprint, which is large and does not change while the blueprint exists.
type plans struct {
	mu      *sync.Mutex
	entries map[string]planEntry
}

type planEntry struct {
	createdAt time.Time
	plan      *cloudify.Plan
}

func newPlans() plans { return plans{mu: &sync.Mutex{}, entries: map[string]planEntry{}} }

// Plan returns the plan of a blueprint, read from the Manager once.
func (c *Connection) Plan(ctx context.Context, blueprintID string) (*cloudify.Plan, error) {
	if entry, ok := c.plans.get(blueprintID); ok {
		return entry.plan, nil
	}
	plan, err := c.GetPlan(ctx, blueprintID)
	if err != nil {
		return nil, fmt.Errorf("read the plan of blueprint %s: %w", blueprintID, err)
	}
	c.plans.put(blueprintID, planEntry{plan: plan})
	return plan, nil
}

// Blueprint reads a blueprint, and once it is uploaded its plan, in one request if the plan is not known. That of one that was
// deleted and uploaded again under its ID is read again.
func (c *Connection) Blueprint(ctx context.Context, id string) (*cloudify.Blueprint, *cloudify.Plan, error) {
	if entry, ok := c.plans.get(id); ok {
		switch b, err := c.GetBlueprint(ctx, id); {
		case err != nil:
			return nil, nil, err
		case !b.Uploaded():
			return b, nil, nil
		case entry.createdAt.Equal(b.CreatedAt):
			return b, entry.plan, nil
		}
	}
	b, plan, err := c.GetBlueprintWithPlan(ctx, id)
	switch {
	case err != nil:
		return nil, nil, err
	case !b.Uploaded():
		return b, nil, nil
	case plan == nil:
		return nil, nil, errors.New("the Manager says that it is uploaded, and has no plan of it")
	}
	c.plans.put(id, planEntry{createdAt: b.CreatedAt, plan: plan})
	return b, plan, nil
}

func (p plans) get(id string) (planEntry, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry, ok := p.entries[id]
	return entry, ok
}

// put keeps an entry, at the cost of an arbitrary other one when there would be too many.
func (p plans) put(id string, entry planEntry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, replaces := p.entries[id]; !replaces && len(p.entries) >= maxPlans {
		for other := range p.entries {
			delete(p.entries, other)
			break
		}
	}
	p.entries[id] = entry
}
