// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package doors

import (
	"context"
	"net/netip"
	"sync"
)

// turns say who may ask Kubernetes about a token or a right next. Callers whose token was good before have turns of their own,
// so that no flood of unknown tokens holds them up. All others wait for a turn of their address: among those of an
// address the first to come is the first to be asked about.
type turns struct {
	known, unknown chan struct{}
	// ofSource are those of one address, and maxPresent of it may wait or ask.
	ofSource, maxPresent int

	mu      sync.Mutex
	sources map[netip.Prefix]*sourceTurns
}

// sourceTurns are those of an address, kept while a question from it waits or is asked.
type sourceTurns struct {
	present int
	turns   chan struct{}
	// single is the only turn of an address with many failed logins.
	single chan struct{}
}

func newTurns(l Limits) *turns {
	return &turns{
		known: make(chan struct{}, l.Reviews), unknown: make(chan struct{}, l.Reviews),
		ofSource: l.ReviewsOfSource, maxPresent: l.MaxWaiting, sources: map[netip.Prefix]*sourceTurns{},
	}
}

// asker is whose question it is.
type asker struct {
	// known is that its token was good before.
	known bool
	from  netip.Prefix
	// suspect is that its address has many failed logins.
	suspect bool
}

// known is the asker of whatever concerns a caller whose token is good.
var known = asker{known: true}

// take waits for a turn and returns what gives it back; ErrOverloaded when it does not come in time.
func (t *turns) take(ctx context.Context, who asker) (give func(), err error) {
	if who.known {
		return takeAll(ctx, t.known)
	}
	source := t.join(who.from)
	if source == nil {
		return nil, ErrOverloaded
	}
	wanted := []chan struct{}{source.turns, t.unknown}
	if who.suspect {
		wanted = append([]chan struct{}{source.single}, wanted...)
	}
	turn, err := takeAll(ctx, wanted...)
	if err != nil {
		t.part(who.from, source)
		return nil, err
	}
	return func() {
		turn()
		t.part(who.from, source)
	}, nil
}

// takeAll takes a slot of each, in their order.
func takeAll(ctx context.Context, wanted ...chan struct{}) (give func(), err error) {
	taken := 0
	give = func() {
		for _, slots := range wanted[:taken] {
			<-slots
		}
	}
	for _, slots := range wanted {
		select {
		case slots <- struct{}{}:
			taken++
		case <-ctx.Done():
			give()
			return nil, ErrOverloaded
		}
	}
	return give, nil
}

// join counts a question from an address; nil: too many wait already.
func (t *turns) join(from netip.Prefix) *sourceTurns {
	t.mu.Lock()
	defer t.mu.Unlock()
	source := t.sources[from]
	if source == nil {
		source = &sourceTurns{turns: make(chan struct{}, t.ofSource), single: make(chan struct{}, 1)}
		t.sources[from] = source
	}
	if source.present >= t.maxPresent {
		return nil
	}
	source.present++
	return source
}

func (t *turns) part(from netip.Prefix, source *sourceTurns) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if source.present--; source.present == 0 {
		delete(t.sources, from)
	}
}
