// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// Pool holds the open connections by the name of their CloudifyManager.
type Pool struct {
	mu    sync.Mutex
	conns map[string]*Connection
	// lost is when a Manager's connection went; begun is when this process did.
	lost  map[string]time.Time
	begun time.Time

	breaker  breaker
	openings openings
	lines    *lines
	starts   starts
}

// NewPool returns a pool without connections.
func NewPool() *Pool {
	return &Pool{conns: map[string]*Connection{}, lost: map[string]time.Time{}, begun: time.Now(), lines: newLines()}
}

// Client is the client of a Manager as the pool holds it: what is asked of the Manager, how fast, and its end.
type Client interface {
	Manager
	// MaxInFlight is how many requests may be under way at one time.
	MaxInFlight() int
	// Delay is how long a request would have to wait now before it is sent; zero: not at all.
	Delay() time.Duration
	// Close gives up what waits to be sent and the reads that are under way. Changes go on to their end.
	Close()
}

// Connection is an open connection to a Manager.
type Connection struct {
	Manager

	name  string // of its CloudifyManager
	pool  *Pool
	close func()

	templates templates
	doubt     doubt
	// uploads has room for those that may be under way.
	uploads chan struct{}
}

// ErrUnavailable says that a Manager has no open connection; its CloudifyManager's Ready condition says why.
var ErrUnavailable = errors.New("not connected")

// Open makes client the connection of a Manager, and wakes what waited for it.
func (p *Pool) Open(manager string, client Client) *Connection {
	c := &Connection{Manager: client, name: manager, pool: p, close: client.Close, templates: newTemplates(), uploads: make(chan struct{}, maxUploads)}
	p.mu.Lock()
	p.conns[manager] = c
	p.mu.Unlock()
	p.lines.of(manager).begin(client.MaxInFlight(), client.Delay)
	p.openings.tell(manager)
	return c
}

// InLine is how many objects wait for their turn at a Manager.
func (p *Pool) InLine(manager string) int { return p.lines.length(manager) }

// Openings is a source of what waits for a Manager, which waiting finds, at the moment its connection opens.
func (p *Pool) Openings(waiting func(ctx context.Context, manager string) outcome.Woken) source.Source {
	return p.openings.source(waiting)
}

// Get returns the open connection of a Manager, or ErrUnavailable.
func (p *Pool) Get(manager string) (*Connection, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.conns[manager]
	if !ok {
		return nil, fmt.Errorf("CloudifyManager %s: %w", manager, ErrUnavailable)
	}
	return c, nil
}

// Close takes the connection of a Manager away.
func (p *Pool) Close(manager string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(manager)
}

// drop takes a connection away, and with it whatever waits for an answer; the caller holds the lock.
func (p *Pool) drop(manager string) {
	if c, ok := p.conns[manager]; ok {
		c.close()
		delete(p.conns, manager)
		p.lost[manager] = time.Now()
		p.lines.of(manager).end()
	}
}

// Note looks at the error of a call, or of a whole reconcile: a 401, a lost connection or a Manager that closed for maintenance
// trips the breaker, and so does an answer that the table of releases did not expect, because the release must be read again.
// Where it may be no Manager that answered, the CloudifyManager's controller looks whether it is one.
func (c *Connection) Note(err error) {
	switch {
	case IsOutage(err), cloudify.IsUnknownField(err):
		c.pool.trip(c, err)
	case cloudify.IsDoubtful(err):
		c.pool.doubt(c)
	}
}

// NoteError is Note for the present connection of a Manager, by name.
func (p *Pool) NoteError(manager string, err error) {
	if c, unavailable := p.Get(manager); unavailable == nil {
		c.Note(err)
	}
}

// trip takes c away and wakes its CloudifyManager, unless c was replaced meanwhile.
func (p *Pool) trip(c *Connection, cause error) {
	p.mu.Lock()
	current := p.conns[c.name] == c
	if current {
		p.drop(c.name)
		p.breaker.trip(c.name, cause)
		p.lines.of(c.name).distrust()
	}
	p.mu.Unlock()
	if current {
		p.breaker.wake(c.name)
	}
}

// doubt wakes the CloudifyManager of c. The connection stays until it is known that no Manager answers over it.
func (p *Pool) doubt(c *Connection) {
	p.mu.Lock()
	raised := p.conns[c.name] == c && c.doubt.raise()
	p.mu.Unlock()
	if raised {
		p.breaker.wake(c.name)
	}
}

// Trips is the source of CloudifyManagers whose connection tripped or is in doubt.
func (p *Pool) Trips() source.Source { return p.breaker.source() }

// TakeCause returns, once, why the connection of a Manager tripped; nil when it did not.
func (p *Pool) TakeCause(manager string) error { return p.breaker.takeCause(manager) }

// TakeDoubt tells, once, whether it may be no Manager that answered over c.
func (c *Connection) TakeDoubt() bool { return c.doubt.take() }

// Template returns the template of a blueprint, read from the Manager once. It is shared, and only to be read.
func (c *Connection) Template(ctx context.Context, blueprintID string) (*cloudify.Template, error) {
	return c.templates.template(ctx, c.Manager, blueprintID)
}

// Blueprint reads a blueprint, and once it is uploaded its template, in one request if the template is not known. That of one
// that was deleted and uploaded again under its ID is read again.
func (c *Connection) Blueprint(ctx context.Context, id string) (*cloudify.Blueprint, *cloudify.Template, error) {
	return c.templates.blueprint(ctx, c.Manager, id)
}

// maxUploads is how many uploads may be under way at a Manager. They may take minutes, and hold no slot meanwhile, so that reads
// and starts go on; and they leave most workers to other Managers.
const maxUploads = 8

// BeginUpload takes one of the places for uploads, until end is called; false: all are taken.
func (c *Connection) BeginUpload() (end func(), ok bool) {
	select {
	case c.uploads <- struct{}{}:
		return func() { <-c.uploads }, true
	default:
		return nil, false
	}
}
