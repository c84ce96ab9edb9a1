// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
)

// Eighty strangers who try one token after the other keep no caller out, though they come from the same address: neither one
// whose token was good before and is asked about again all the time, nor one that comes with a new token from elsewhere.
func TestStrangersWithTokensKeepNobodyOut(t *testing.T) {
	const strangers, callers, requests, fresh = 80, 8, 1250, 20
	g := NewWithT(t)
	namespace := env.Namespace(t)
	grant(t, namespace, "platform", rbacv1.PolicyRule{APIGroups: []string{apiGroup}, Resources: []string{catalogs}, Verbs: []string{get}})
	tokens := newReviewer(env.Client, audience, namespace)
	tokens.acceptedFor = 100 * time.Millisecond
	e := newEndpoint(&fake{}, &doors{tokens: tokens, logins: newLogins()}, func(context.Context) error { return nil })
	p := newPlatform(t, e)
	from := func(address string) *platform {
		other := *p
		transport := &http.Transport{
			MaxIdleConnsPerHost: strangers + callers,
			DialContext:         (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).DialContext,
		}
		t.Cleanup(transport.CloseIdleConnections)
		other.client = &http.Client{Transport: transport}
		return &other
	}
	crowd := from("127.0.0.1")
	honest := make([]*platform, callers)
	for i := range honest {
		honest[i] = crowd.with("Authorization", "Bearer "+token(t, namespace, "platform", audience))
		g.Eventually(func() int { return honest[i].send("GET", "/v2/catalog", "").status }).WithTimeout(patience).
			WithPolling(time.Second).Should(Equal(200))
	}
	newTokens := make([]string, fresh)
	for i := range newTokens {
		newTokens[i] = token(t, namespace, "platform", audience)
	}

	ctx, stop := context.WithCancel(t.Context())
	var flood, work sync.WaitGroup
	var tried atomic.Int64
	for range strangers {
		flood.Go(func() {
			for ctx.Err() == nil {
				crowd.with("Authorization", "Bearer "+rand.Text()).send("GET", "/v2/catalog", "")
				tried.Add(1)
			}
		})
	}
	t.Cleanup(func() { stop(); flood.Wait() })
	g.Eventually(tried.Load).WithTimeout(patience).Should(BeNumerically(">", 2*maxFailedLogins))

	var mu sync.Mutex
	statuses := map[int]int{}
	ask := func(p *platform) {
		status := p.send("GET", "/v2/catalog", "").status
		mu.Lock()
		defer mu.Unlock()
		statuses[status]++
	}
	for _, p := range honest {
		work.Go(func() {
			for range requests {
				ask(p)
			}
		})
	}
	elsewhere := from("127.0.0.2")
	work.Go(func() {
		for _, key := range newTokens {
			ask(elsewhere.with("Authorization", "Bearer "+key))
		}
	})
	work.Wait()
	t.Logf("%d requests of strangers beside them", tried.Load())
	g.Expect(statuses).To(Equal(map[int]int{200: callers*requests + fresh}))
}

// Unknown tokens wait for their turn, so many at once and so many of an address; those of one with many failed logins one after
// the other. Who was known before waits for none of them.
func TestTurns(t *testing.T) {
	g := NewWithT(t)
	turns := newTurns(6)
	soon := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	asker := func(n int, suspect bool) asker {
		return asker{from: sourceOf(fmt.Sprintf("192.0.2.%d:1", n)), suspect: suspect}
	}
	takes := func(n int, suspect bool) func() {
		t.Helper()
		give, err := turns.take(t.Context(), asker(n, suspect))
		g.Expect(err).NotTo(HaveOccurred())
		return give
	}
	waits := func(n int, suspect bool) {
		t.Helper()
		_, err := turns.take(soon(), asker(n, suspect))
		g.Expect(err).To(MatchError(errReviews))
	}
	var taken []func()
	for range maxReviewsOfSource {
		taken = append(taken, takes(1, false))
	}
	waits(1, false)
	taken = append(taken, takes(2, true))
	waits(2, true)
	taken = append(taken, takes(3, false))
	waits(4, false) // there are no more for all together
	for range 6 {
		_, err := turns.take(soon(), known)
		g.Expect(err).NotTo(HaveOccurred())
	}
	for _, give := range taken {
		give()
	}
	g.Expect(turns.sources).To(BeEmpty())
	g.Expect(turns.unknown).To(BeEmpty())
	takes(2, true)()
	takes(4, false)()
}
