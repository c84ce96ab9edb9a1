// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
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
	return c.readPlan(ctx, blueprintID, time.Time{})
}

// PlanOf is Plan for a blueprint that was just read: one that was deleted and uploaded again under its ID is read again.
func (c *Connection) PlanOf(ctx context.Context, b *cloudify.Blueprint) (*cloudify.Plan, error) {
	if entry, ok := c.plans.get(b.ID); ok && entry.createdAt.Equal(b.CreatedAt) {
		return entry.plan, nil
	}
	return c.readPlan(ctx, b.ID, b.CreatedAt)
}

func (c *Connection) readPlan(ctx context.Context, blueprintID string, createdAt time.Time) (*cloudify.Plan, error) {
	plan, err := c.GetPlan(ctx, blueprintID)
	if err != nil {
		return nil, fmt.Errorf("read the plan of blueprint %s: %w", blueprintID, err)
	}
	c.plans.put(blueprintID, planEntry{createdAt: createdAt, plan: plan})
	return plan, nil
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
