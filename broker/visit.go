// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
)

// maxTime of a request: platforms give up after a minute.
const maxTime = 50 * time.Second

// visit is a request while it is served: its context, what the checks found out about it, and how it was answered. They share
// it, so that none of them needs a context, and a copy of the request, of its own.
type visit struct {
	lateContext
	came   time.Time
	answer statusRecorder
	caller *doors.Caller // nil: nobody has come in
}

type visitKey struct{}

// begin makes the visit of a request: what is served from then on is the request and the writer that it returns.
func begin(w http.ResponseWriter, r *http.Request) (*visit, *http.Request) {
	v := &visit{came: time.Now(), answer: statusRecorder{ResponseWriter: w, status: http.StatusOK}}
	v.Context, v.until = r.Context(), v.came.Add(maxTime)
	return v, r.WithContext(v)
}

// visitOf is that of a request that has begun.
func visitOf(r *http.Request) *visit {
	v, _ := r.Context().Value(visitKey{}).(*visit)
	return v
}

// Value is that of the context beneath, or the visit itself.
func (v *visit) Value(key any) any {
	if _, itself := key.(visitKey); itself {
		return v
	}
	return v.lateContext.Value(key)
}

// statusRecorder remembers how a request was answered.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// lateContext is a context with a deadline whose timer starts when somebody first waits for it: most requests are answered from
// memory, and nobody does.
type lateContext struct {
	context.Context
	until time.Time

	mu    sync.Mutex
	timed context.Context // nil: nobody has waited yet
	stop  context.CancelFunc
}

// Deadline is when the context ends at the latest.
func (c *lateContext) Deadline() (time.Time, bool) { return c.until, true }

// Done is closed when the context ends.
func (c *lateContext) Done() <-chan struct{} { return c.start().Done() }

// Err is why the context ended; nil: it has not.
func (c *lateContext) Err() error { return c.start().Err() }

// Value is that of the context with the timer once there is one: by it others find out that they can end with it.
func (c *lateContext) Value(key any) any {
	c.mu.Lock()
	timed := c.timed
	c.mu.Unlock()
	if timed == nil {
		return c.Context.Value(key)
	}
	return timed.Value(key)
}

func (c *lateContext) start() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed == nil {
		c.timed, c.stop = context.WithDeadline(c.Context, c.until)
	}
	return c.timed
}

// end ends the context, and what waits for it.
func (c *lateContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil {
		c.stop()
	}
}
