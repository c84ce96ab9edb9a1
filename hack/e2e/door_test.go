// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
)

// door stands before a Manager. A story names a moment, by what is asked, and what shall happen then.
type door struct {
	manager http.Handler

	// around, if set, is called with each request before it reaches the Manager; what it returns is called before the
	// answer is sent.
	around func(asked string, r *http.Request) (answered func())

	mu    sync.Mutex
	traps []*trap
}

// moment is when a trap springs.
type moment struct {
	// route is the request, as method and path below the API: "PUT deployments/*".
	route string
	// answered: when the Manager has done what was requested, and before the answer is sent. Otherwise before the
	// request reaches the Manager.
	answered bool
	// when, if set, must hold at that moment too.
	when func() bool
}

// trap does something at the first request of its moment. The request is lost with it.
type trap struct {
	moment
	do     func()
	sprung chan struct{}
}

// lay lays a trap; what it returns is closed when it has sprung and all is done.
func (d *door) lay(at moment, do func()) <-chan struct{} {
	t := &trap{moment: at, do: do, sprung: make(chan struct{})}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.traps = append(d.traps, t)
	return t.sprung
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.spring(r, false)
	answered := func() {}
	if d.around != nil {
		answered = d.around(asked(r), r)
	}
	answer := httptest.NewRecorder()
	d.manager.ServeHTTP(answer, r)
	d.spring(r, true)
	answered()

	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// spring springs the trap of a request, if there is one: the operator never gets its answer.
func (d *door) spring(r *http.Request, answered bool) {
	if t := d.take(r, answered); t != nil {
		t.do()
		close(t.sprung)
		panic(http.ErrAbortHandler)
	}
}

// take finds the trap of a request, and takes it away.
func (d *door) take(r *http.Request, answered bool) *trap {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, t := range d.traps {
		is, err := path.Match(t.route, asked(r))
		if err != nil || !is || t.answered != answered || t.when != nil && !t.when() {
			continue
		}
		d.traps = slices.Delete(d.traps, i, i+1)
		return t
	}
	return nil
}

// asked is a request, as method and path below the API.
func asked(r *http.Request) string {
	return r.Method + " " + strings.TrimPrefix(r.URL.Path, "/api/v3.1/")
}
