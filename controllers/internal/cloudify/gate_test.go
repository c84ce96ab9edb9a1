// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
)

// manager answers after a while, and notes what it was asked and when.
type manager struct {
	begin  time.Time
	takes  time.Duration
	answer func(*http.Request) *http.Response

	mu    sync.Mutex
	asked []string // "2s GET a"
}

func newManager(takes time.Duration) *manager {
	return &manager{begin: time.Now(), takes: takes}
}

func (m *manager) RoundTrip(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	m.asked = append(m.asked, time.Since(m.begin).String()+" "+r.Method+" "+r.URL.Path)
	m.mu.Unlock()
	time.Sleep(m.takes)
	if m.answer != nil {
		return m.answer(r), nil
	}
	return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
}

func (m *manager) saw() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.asked)
}

// send sends a request through the gate, in the background, and reads the answer.
func send(ctx context.Context, gate http.RoundTripper, request string) <-chan error {
	done := make(chan error, 1)
	method, path, _ := strings.Cut(request, " ")
	go func() {
		r, err := http.NewRequestWithContext(ctx, method, "http://manager/", nil)
		if err != nil {
			done <- err
			return
		}
		r.URL.Path = path
		response, err := gate.RoundTrip(r)
		if err == nil {
			err = response.Body.Close()
		}
		done <- err
	}()
	synctest.Wait()
	return done
}

func TestChangesGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(time.Second)
		gate := newGate(t.Context(), 1, 1).limit(m)
		for _, request := range []string{"GET a", "GET b", "GET c", "PUT d", "DELETE e"} {
			send(t.Context(), gate, request)
		}
		time.Sleep(time.Minute)
		NewWithT(t).Expect(m.saw()).To(Equal([]string{"0s GET a", "1s PUT d", "2s DELETE e", "3s GET b", "4s GET c"}))
	})
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(1500 * time.Millisecond)
		gate := newGate(t.Context(), 1, 2).limit(m)
		for i := range 6 {
			send(t.Context(), gate, "GET "+strconv.Itoa(i))
		}
		time.Sleep(time.Minute)
		// Two at once, then one a second.
		NewWithT(t).Expect(m.saw()).To(Equal([]string{"0s GET 0", "0s GET 1", "1s GET 2", "2s GET 3", "3s GET 4", "4s GET 5"}))
	})
}

// Without a ceiling nothing waits.
func TestNoRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		m := newManager(time.Second)
		gate := newGate(t.Context(), 0, 0)
		for range 100 {
			send(t.Context(), gate.limit(m), "GET a")
		}
		g.Expect(m.saw()).To(And(HaveLen(100), HaveEach("0s GET a")))
		g.Expect(gate.delay()).To(BeZero())
		time.Sleep(time.Minute)
	})
}

// Whoever hands out slots sees when a request would be sent, before it is made.
func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		m := newManager(time.Minute)
		gate := newGate(t.Context(), 2, 1)
		g.Expect(gate.delay()).To(BeZero())
		send(t.Context(), gate.limit(m), "GET a")
		g.Expect(gate.delay()).To(Equal(500 * time.Millisecond))
		send(t.Context(), gate.limit(m), "GET b")
		g.Expect(gate.delay()).To(Equal(time.Second), "another waits already")
		time.Sleep(time.Second)
		g.Expect(gate.delay()).To(BeZero())
		gate.hold(30 * time.Second)
		g.Expect(gate.delay()).To(Equal(30 * time.Second))
		time.Sleep(2 * time.Minute)
	})
}

func TestRetryAfterHoldsBack(t *testing.T) {
	for _, row := range []struct {
		name   string
		status int
		value  func() string
		next   string
	}{
		{"seconds", 429, func() string { return "7" }, "8s GET b"},
		{"a date", 503, func() string { return time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat) }, "10s GET b"},
		{"too long", 429, func() string { return "86400" }, "1m1s GET b"},
		{"past", 429, func() string { return "-5" }, "1s GET b"},
		{"nonsense", 503, func() string { return "soon" }, "1s GET b"},
		{"another status", 500, func() string { return "7" }, "1s GET b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newManager(time.Second)
				m.answer = func(r *http.Request) *http.Response {
					if r.URL.Path != "a" {
						return &http.Response{StatusCode: 200, Body: http.NoBody}
					}
					return &http.Response{StatusCode: row.status, Body: http.NoBody, Header: http.Header{"Retry-After": {row.value()}}}
				}
				gate := newGate(t.Context(), 0, 0).limit(m)
				send(t.Context(), gate, "GET a")
				time.Sleep(time.Second)
				synctest.Wait() // the answer comes at this very moment
				send(t.Context(), gate, "GET b")
				time.Sleep(5 * time.Minute)
				NewWithT(t).Expect(m.saw()).To(Equal([]string{"0s GET a", row.next}))
			})
		})
	}
}

func TestAHoldIsNotShortened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(time.Second)
		wait := map[string]string{"a": "30", "b": "2"}
		m.answer = func(r *http.Request) *http.Response {
			return &http.Response{StatusCode: 429, Body: http.NoBody, Header: http.Header{"Retry-After": {wait[r.URL.Path]}}}
		}
		gate := newGate(t.Context(), 0, 0).limit(m)
		send(t.Context(), gate, "GET a")
		send(t.Context(), gate, "GET b")
		time.Sleep(2 * time.Second)
		send(t.Context(), gate, "PUT c")
		time.Sleep(time.Minute)
		NewWithT(t).Expect(m.saw()).To(Equal([]string{"0s GET a", "0s GET b", "31s PUT c"}))
	})
}

// Whoever leaves while waiting takes no turn along, and has not failed to reach
// the Manager.
func TestLeavingTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		m := newManager(time.Second)
		gate := newGate(t.Context(), 1, 1).limit(m)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()

		send(t.Context(), gate, "GET a")
		left := send(ctx, gate, "PUT b")
		send(t.Context(), gate, "GET c")
		err := <-left
		g.Expect(err).To(MatchError(context.DeadlineExceeded))
		g.Expect(time.Since(m.begin)).To(Equal(500 * time.Millisecond))
		err = (&Client{}).lost(ctx, call{}, err)
		g.Expect(IsUnreachable(err)).To(BeFalse())
		g.Expect(IsAbandoned(err)).To(BeTrue())

		time.Sleep(time.Minute)
		g.Expect(m.saw()).To(Equal([]string{"0s GET a", "1s GET c"}))
	})
}

// A reconcile does not wait for the end of a long hold, and learns when it may come again.
func TestABriefCallerDoesNotWaitForAHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		m := newManager(time.Second)
		gate := newGate(t.Context(), 0, 0)
		gate.hold(20 * time.Second)
		ctx, cancel := Brief(t.Context(), 30*time.Second)
		defer cancel()

		err := <-send(ctx, gate.limit(m), "GET a")
		g.Expect(IsAbandoned(err)).To(BeTrue())
		g.Expect(RetryAfter(err)).To(Equal(20 * time.Second))
		time.Sleep(19 * time.Second)
		g.Expect(<-send(ctx, gate.limit(m), "GET b")).To(Succeed())
		g.Expect(m.saw()).To(Equal([]string{"20s GET b"}))
	})
}
