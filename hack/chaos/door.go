// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// trouble is what happens to requests at a door.
type trouble struct {
	name string
	// changing: it affects only requests that change something; otherwise all.
	changing bool
	until    time.Time
	// left is how many requests it still affects; negative: all until its time is over.
	left int

	refuse     bool          // the connection is dropped, nothing is done
	status     int           // answered instead of the Manager's answer
	retryAfter int           // seconds, with status
	hold       time.Duration // before the Manager hears of it
	drop       bool          // the sender is gone while it is held
	lose       bool          // the answer, when all is done
	delay      time.Duration // of the answer, when all is done
}

// door stands before a Manager: all requests pass it.
type door struct {
	manager http.Handler
	witness *witness
	book    *book

	mu       sync.Mutex
	troubles []*trouble
	held     int // requests on their way
	busy     map[string]*sync.Mutex
}

func newDoor(manager http.Handler, w *witness, b *book) *door {
	return &door{manager: manager, witness: w, book: b, busy: map[string]*sync.Mutex{}}
}

// befall begins trouble.
func (d *door) befall(t trouble) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.troubles = append(d.troubles, &t)
}

// heal ends all trouble, but for the requests that are on their way.
func (d *door) heal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.troubles = nil
}

// underWay counts the requests that are held, or carried out just now.
func (d *door) underWay() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.held
}

// passing adds up all trouble that affects a request.
func (d *door) passing(changing bool) trouble {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all trouble
	now := time.Now()
	d.troubles = slices.DeleteFunc(d.troubles, func(t *trouble) bool { return t.left == 0 || now.After(t.until) })
	for _, t := range d.troubles {
		if t.left == 0 || t.changing && !changing {
			continue
		}
		if t.left > 0 {
			t.left--
		}
		all.name = strings.TrimSpace(all.name + " " + t.name)
		all.refuse = all.refuse || t.refuse
		if all.status == 0 {
			all.status, all.retryAfter = t.status, t.retryAfter
		}
		all.drop, all.lose = all.drop || t.drop, all.lose || t.lose
		all.hold, all.delay = max(all.hold, t.hold), max(all.delay, t.delay)
	}
	return all
}

// ask is a request that has arrived.
type ask struct {
	*http.Request
	body    []byte
	arrived time.Time
	meets   trouble
}

// changes reports whether it would change something at the Manager; searches and evaluations only ask, with a body.
func (a *ask) changes() bool {
	path := strings.TrimPrefix(a.URL.Path, "/api/v3.1/")
	return a.Method != http.MethodGet && !strings.HasPrefix(path, "searches/") && !strings.HasPrefix(path, "evaluate/") && path != "tokens"
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A client that sends only half of a request requested nothing.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	d.carry(1)
	defer d.carry(-1)
	a := &ask{Request: r, body: body, arrived: time.Now()}
	a.meets = d.passing(a.changes())
	switch {
	case a.meets.refuse:
		d.witness.lost(a, "refused")
		panic(http.ErrAbortHandler)
	case a.meets.status != 0:
		d.witness.lost(a, strconv.Itoa(a.meets.status)+" at the door")
		if a.meets.retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(a.meets.retryAfter))
		}
		http.Error(w, "<html>"+http.StatusText(a.meets.status)+"</html>", a.meets.status)
		return
	case a.meets.drop && a.changes():
		d.carry(1)
		go func() {
			defer d.carry(-1)
			time.Sleep(a.meets.hold)
			d.deliver(a, true)
		}()
		panic(http.ErrAbortHandler)
	}
	time.Sleep(a.meets.hold)
	gone := r.Context().Err() != nil
	if gone && !a.changes() {
		return
	}
	answer := d.deliver(a, gone)
	time.Sleep(a.meets.delay)
	if a.meets.lose {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// deliver has the Manager carry out a request, as if nobody could take it back. What changes one thing comes one after the
// other, so that the witness sees what each found.
func (d *door) deliver(a *ask, gone bool) *httptest.ResponseRecorder {
	r := a.Clone(context.WithoutCancel(a.Context()))
	r.Body = io.NopCloser(bytes.NewReader(a.body))
	answer := httptest.NewRecorder()
	if !a.changes() {
		d.manager.ServeHTTP(answer, r)
		return answer
	}
	s := d.witness.suspect(a, gone)
	one := d.serial(s.remote)
	one.Lock()
	defer one.Unlock()
	d.witness.before(s)
	d.manager.ServeHTTP(answer, r)
	d.witness.after(s, answer.Code, answer.Body.Bytes())
	return answer
}

func (d *door) carry(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held += n
}

// serial is the lock of one thing at the Manager.
func (d *door) serial(id string) *sync.Mutex {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy[id] == nil {
		d.busy[id] = &sync.Mutex{}
	}
	return d.busy[id]
}
