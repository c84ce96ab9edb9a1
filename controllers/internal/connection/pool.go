// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package connection holds one connection for each CloudifyManager, shared by all that talk to it, with its breaker.
//
// The CloudifyManager's controller opens a connection once the Manager has answered. After a 401 or a lost connection the
// breaker trips: everybody else is told that the Manager is unavailable without asking it, and only that controller tries.
//
// Each Manager has slots, which follow its own speed. A reconcile takes one before it speaks to its Manager (Visit); where none is
// free it ends, keeps its place in the line and is woken when it is its turn, so that no worker waits for a Manager.
package connection

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// Pool holds the open connections by the name of their CloudifyManager.
type Pool struct {
	mu    sync.Mutex
	conns map[string]*Connection
	// causes is why a connection tripped, until its CloudifyManager's controller has looked.
	causes map[string]error
	// lost is when a Manager's connection went; begun is when this process did.
	lost  map[string]time.Time
	begun time.Time
	trips trips
	// openings wake what waits for a connection.
	openings openings
	// turns are where objects wait for a slot of their Manager.
	turns turns
}

// NewPool returns a pool without connections.
func NewPool() *Pool {
	return &Pool{
		conns: map[string]*Connection{}, causes: map[string]error{}, lost: map[string]time.Time{}, begun: time.Now(), turns: newTurns(),
	}
}

// Connection is an open connection to a Manager.
type Connection struct {
	*cloudify.Client
	// Manager is the name of its CloudifyManager.
	Manager string

	pool      *Pool
	templates templates
	// uploads has room for those that may be under way.
	uploads chan struct{}
	// doubted is when it was last doubted that a Manager answers, inDoubt that nobody has looked since; under the pool's lock.
	doubted time.Time
	inDoubt bool
}

// maxUploads is how many uploads may be under way at a Manager. They may take minutes and have no slot of the line meanwhile,
// so that reads and starts go on; and they leave most workers to other Managers.
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

// ErrUnavailable says that a Manager has no open connection; its CloudifyManager's Ready condition says why.
var ErrUnavailable = errors.New("not connected")

// Open makes client the connection of a Manager, and wakes what waited for it.
func (p *Pool) Open(manager string, client *cloudify.Client) *Connection {
	c := &Connection{Client: client, Manager: manager, pool: p, templates: newTemplates(), uploads: make(chan struct{}, maxUploads)}
	p.mu.Lock()
	p.conns[manager] = c
	p.mu.Unlock()
	p.turns.line(manager).begin(client.MaxInFlight(), client.Delay)
	p.openings.tell(manager)
	return c
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
		c.Close()
		delete(p.conns, manager)
		p.lost[manager] = time.Now()
		p.turns.line(manager).end()
	}
}

// firstTry is how long a process that has just begun may take to connect before its objects say that they do not know.
const firstTry = time.Minute

// lostAt is when a Manager was last connected. Where this process never was, its CloudifyManager says since when it is not, so
// that a restart does not begin the time anew.
func (p *Pool) lostAt(m *v1alpha1.CloudifyManager) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at, ok := p.lost[m.Name]; ok {
		return at
	}
	ready := meta.FindStatusCondition(m.Status.Conditions, v1alpha1.ReadyCondition)
	if ready == nil || isConnected(ready) || ready.LastTransitionTime.After(p.begun) {
		return p.begun
	}
	if earliest := p.begun.Add(firstTry - unseenAfter); ready.LastTransitionTime.Time.Before(earliest) {
		return earliest
	}
	return ready.LastTransitionTime.Time
}

// isConnected tells whether a CloudifyManager says that it is connected, or has another reason than that not to be ready.
func isConnected(ready *metav1.Condition) bool {
	return ready.Status == metav1.ConditionTrue || ready.Reason == v1alpha1.ReasonInUse || ready.Reason == v1alpha1.ReasonInventoryLost
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

// TakeCause returns, once, why the connection of a Manager tripped; nil when it did not.
func (p *Pool) TakeCause(manager string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cause := p.causes[manager]
	delete(p.causes, manager)
	return cause
}

// Note looks at the error of a call, or of a whole reconcile: a 401, a lost connection or a Manager that closed for maintenance
// trips the breaker, and so does an answer that the table of releases did not expect, for then the release must be read again.
// Where something else may have answered, it is the CloudifyManager's controller that asks whether it answers everything.
func (c *Connection) Note(err error) {
	switch {
	case IsOutage(err), cloudify.IsUnknownField(err):
		c.pool.trip(c, err)
	case cloudify.IsDoubtful(err):
		c.pool.doubt(c)
	}
}

// IsOutage reports whether err ends the connection of whoever gets it: the Manager does not answer, does not know us, or is
// closed for maintenance.
func IsOutage(err error) bool {
	return cloudify.IsUnauthorized(err) || cloudify.IsUnreachable(err) && !cloudify.IsLate(err) || cloudify.IsMaintenance(err)
}

// NoteError is Note for a Manager by name, whatever its present connection.
func (p *Pool) NoteError(manager string, err error) {
	if c, unavailable := p.Get(manager); unavailable == nil {
		c.Note(err)
	}
}

// trip takes c away and wakes its CloudifyManager; a connection that was replaced meanwhile has no say.
func (p *Pool) trip(c *Connection, cause error) {
	p.mu.Lock()
	current := p.conns[c.Manager] == c
	if current {
		p.drop(c.Manager)
		p.causes[c.Manager] = cause
		p.turns.line(c.Manager).distrust()
	}
	p.mu.Unlock()
	if current {
		p.trips.wake(c.Manager)
	}
}

// doubtInterval is how often a connection is doubted at most: a front may refuse but one kind of request, again and again.
const doubtInterval = 10 * time.Second

// doubt wakes the CloudifyManager of c, which stays until it is known that no Manager answers any more.
func (p *Pool) doubt(c *Connection) {
	p.mu.Lock()
	doubt := p.conns[c.Manager] == c && (c.doubted.IsZero() || time.Since(c.doubted) >= doubtInterval)
	if doubt {
		c.doubted, c.inDoubt = time.Now(), true
	}
	p.mu.Unlock()
	if doubt {
		p.trips.wake(c.Manager)
	}
}

// TakeDoubt tells, once, whether something else than a Manager may have answered over c.
func (c *Connection) TakeDoubt() bool {
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	was := c.inDoubt
	c.inDoubt = false
	return was
}
