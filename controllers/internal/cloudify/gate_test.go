// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"errors"
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
		gate := newGate(1000, 1000, 1).limit(m)
		for _, request := range []string{"GET a", "GET b", "GET c", "PUT d", "DELETE e"} {
			send(t.Context(), gate, request)
		}
		time.Sleep(time.Minute)
		NewWithT(t).Expect(m.saw()).To(Equal([]string{"0s GET a", "1s PUT d", "2s DELETE e", "3s GET b", "4s GET c"}))
	})
}

func TestRateAndRequestsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(1500 * time.Millisecond)
		gate := newGate(1, 2, 3).limit(m)
		for i := range 6 {
			send(t.Context(), gate, "GET "+strconv.Itoa(i))
		}
		time.Sleep(time.Minute)
		// Two at once, then one a second; three take longer than their seconds.
		NewWithT(t).Expect(m.saw()).To(Equal([]string{"0s GET 0", "0s GET 1", "1s GET 2", "2s GET 3", "3s GET 4", "4s GET 5"}))

		m = newManager(5 * time.Second)
		gate = newGate(1000, 1000, 2).limit(m)
		for i := range 4 {
			send(t.Context(), gate, "GET "+strconv.Itoa(i))
		}
		time.Sleep(time.Minute)
		NewWithT(t).Expect(m.saw()).To(ConsistOf("0s GET 0", "0s GET 1", "5s GET 2", "5s GET 3"))
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
				gate := newGate(1000, 1000, 1).limit(m)
				send(t.Context(), gate, "GET a")
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
		gate := newGate(1000, 1000, 2).limit(m)
		send(t.Context(), gate, "GET a")
		send(t.Context(), gate, "GET b")
		time.Sleep(2 * time.Second)
		send(t.Context(), gate, "PUT c")
		time.Sleep(time.Minute)
		NewWithT(t).Expect(m.saw()).To(Equal([]string{"0s GET a", "0s GET b", "31s PUT c"}))
	})
}

// Whoever leaves while waiting takes no slot along, and has not failed to reach
// the Manager.
func TestLeavingTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		m := newManager(10 * time.Second)
		gate := newGate(1000, 1000, 1).limit(m)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()

		send(t.Context(), gate, "GET a")
		left := send(ctx, gate, "PUT b")
		send(t.Context(), gate, "GET c")
		err := <-left
		g.Expect(err).To(MatchError(context.DeadlineExceeded))
		g.Expect(time.Since(m.begin)).To(Equal(time.Second))
		g.Expect(IsUnreachable((&Client{}).lost(ctx, call{}, err))).To(BeFalse())

		time.Sleep(time.Minute)
		g.Expect(m.saw()).To(Equal([]string{"0s GET a", "10s GET c"}))
	})
}

// A slot comes back when the answer is closed, or when there is none; once.
func TestSlotsComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		lost := errors.New("lost")
		gate := newGate(1000, 1000, 1)
		chain := gate.limit(roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPut {
				return nil, lost
			}
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		}))
		g.Expect(<-send(t.Context(), chain, "PUT a")).To(MatchError(lost))
		g.Expect(gate.inFlight).To(Equal(0))

		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://manager/", nil)
		g.Expect(err).NotTo(HaveOccurred())
		response, err := chain.RoundTrip(request)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(gate.inFlight).To(Equal(1), "the answer is not read yet")
		for range 2 {
			g.Expect(response.Body.Close()).To(Succeed())
		}
		g.Expect(gate.inFlight).To(Equal(0))
	})
}
