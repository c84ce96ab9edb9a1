// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
)

// Eighty strangers who try one token after the other keep no caller out, though they come from the same address: neither one
// whose token was good before and is asked about again all the time, nor one that comes with a new token from elsewhere.
func TestStrangersWithTokensKeepNobodyOut(t *testing.T) {
	const strangers, callers, requests, fresh = 80, 8, 1250, 20
	g := NewWithT(t)
	namespace := env.Namespace(t)
	grant(t, namespace, "platform", rbacv1.PolicyRule{APIGroups: []string{doors.APIGroup}, Resources: []string{catalogResource}, Verbs: []string{verbGet}})
	limits := doors.DefaultLimits()
	limits.AcceptedFor = 100 * time.Millisecond
	e := newEndpoint(&fake{}, tokenDoors(env.Client, namespace, limits), func() error { return nil })
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
	g.Eventually(tried.Load).WithTimeout(patience).Should(BeNumerically(">", 2*limits.FailedLogins))

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
