// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// crowd is how many objects come at once: more than there are workers for a kind and slots of a Manager, so that some wait
// for others. CLOUDIFY_CROWD says how many; make scale sets it.
func crowd(t *testing.T) int {
	t.Helper()
	return int(number(t, "CLOUDIFY_CROWD", 150))
}

// asShipped gives an operator the intervals that are the flags' defaults, and as many workers or as CLOUDIFY_WORKERS says.
func asShipped(t *testing.T) func(*controllers.Options) {
	return func(o *controllers.Options) {
		o.WatchBusy, o.WatchIdle, o.WatchList, o.Resync = 0, 0, 0, 10*time.Minute
		o.Concurrency = int(number(t, "CLOUDIFY_WORKERS", controllers.DefaultConcurrency))
	}
}

// Many deployments at once all become ready, each created and installed once.
func TestManyDeploymentsAtOnce(t *testing.T) {
	o := startOperator(t, asShipped(t))
	s := tellOf(t, o)
	s.abandoned = true
	s.blueprint()
	many := crowd(t)
	begun := time.Now()
	s.createMany(many)
	t.Logf("%d created after %s", many, time.Since(begun).Round(time.Millisecond))

	var first time.Duration
	s.Eventually(func() int {
		ready := s.readyDeployments()
		if first == 0 && ready >= 24 {
			first = time.Since(begun)
		}
		return ready
	}).WithTimeout(10 * patience).WithPolling(time.Duration(many) * time.Millisecond).Should(Equal(many))
	t.Logf("%d workers: 24 were ready after %s, all %d after %s; %d requests", o.options.Concurrency, first.Round(time.Millisecond), many, time.Since(begun).Round(time.Millisecond), s.sim.RequestCount(""))
	s.Expect(s.changes("PUT deployments")).To(HaveLen(many), "one each")
	s.Expect(s.changes("POST executions")).To(HaveLen(many), "one each")
}

// createMany creates deployments of the cellar as fast as possible.
func (s *story) createMany(many int) {
	s.t.Helper()
	names, failures := make(chan string), make(chan error, many)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for name := range names {
				d := s.deployment(name, nil)
				s.adopt(d)
				if err := env.Client.Create(s.t.Context(), d); err != nil {
					failures <- err
				}
			}
		})
	}
	for i := range many {
		names <- fmt.Sprintf("shop-%d", i)
	}
	close(names)
	workers.Wait()
	s.Expect(failures).NotTo(Receive())
}

func (s *story) readyDeployments() int {
	var list v1alpha1.CloudifyDeploymentList
	s.Expect(env.Client.List(context.Background(), &list, client.InNamespace(s.name))).To(Succeed())
	ready := 0
	for i := range list.Items {
		if list.Items[i].IsReady() {
			ready++
		}
	}
	return ready
}

// A Manager that hangs, one that says nothing and one that comes and goes, with many objects each, do not delay others: a
// new Manager is connected, and its first deployment is ready, as soon as if it were alone. The comparison is a Manager of
// another operator at the same moment, so both share the machine and the API server, however busy these are.
func TestNoManagerHoldsUpAnother(t *testing.T) {
	const slack = 2 * time.Second
	o := startOperator(t)
	many := crowd(t)
	hang := hangs(t, o, many)
	silent(t, o, many)
	flaps(t, o, many)
	hang.Store(true)
	for round := range 8 {
		took, alone := newcomers(t, o)
		t.Logf("beside a hanging, a silent and a flapping Manager with %d objects each: %s; alone: %s",
			many, took.Round(time.Millisecond), alone.Round(time.Millisecond))
		NewWithT(t).Expect(took).To(BeNumerically("<", alone+slack), "round %d", round)
		if round == 3 { // it recovers, is given many slots again, and hangs anew
			hang.Store(false)
			time.Sleep(3 * time.Second)
			hang.Store(true)
		}
	}
}

// newcomers creates a Manager and a deployment there, once for an operator of its own and once for the shared one, and returns
// how long each took.
func newcomers(t *testing.T, o *operator) (took, alone time.Duration) {
	t.Helper()
	s, other := newStory(t, o), newStory(t, everybodys)
	begun := time.Now()
	first, second := s.newcomer(), other.newcomer()
	s.Eventually(func() bool {
		for d, after := range map[*v1alpha1.CloudifyDeployment]*time.Duration{first: &took, second: &alone} {
			if *after == 0 && env.Client.Get(t.Context(), client.ObjectKeyFromObject(d), d) == nil && d.IsReady() {
				*after = time.Since(begun)
			}
		}
		return took > 0 && alone > 0
	}).WithTimeout(5 * patience).Should(BeTrue())
	return took, alone
}

// newcomer creates a CloudifyManager, a blueprint and a deployment all at once.
func (s *story) newcomer() *v1alpha1.CloudifyDeployment {
	s.t.Helper()
	d := s.deployment("shop", nil)
	s.create(s.manager, testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(s.cellar())), d)
	return d
}

// hangs is a Manager that works until it is switched to answer nothing but its version.
func hangs(t *testing.T, o *operator, many int) *atomic.Bool {
	t.Helper()
	s := newStory(t, o)
	s.abandoned = true
	var hang atomic.Bool
	over := make(chan struct{})
	s.manager.Spec.Endpoint = testenv.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hang.Load() && r.URL.Path != "/api/v3.1/version" {
			select {
			case <-r.Context().Done():
			case <-over:
			}
			return
		}
		s.sim.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { close(over) })
	s.connect()
	s.blueprint()
	s.createMany(many)
	return &hang
}

// silent is a Manager that accepts connections and says nothing.
func silent(t *testing.T, o *operator, many int) {
	t.Helper()
	s := newStory(t, o)
	s.abandoned = true
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = connection.Close() })
		}
	}()
	s.manager.Spec.Endpoint = "http://" + listener.Addr().String()
	s.create(s.manager, testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(s.cellar())))
	s.createMany(many)
}

// flaps is a Manager that is there for a second, and away for the next.
func flaps(t *testing.T, o *operator, many int) {
	t.Helper()
	s := newStory(t, o)
	s.abandoned = true
	s.connect()
	s.blueprint()
	s.createMany(many)
	over, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(over); <-stopped })
	go func() {
		defer close(stopped)
		for mode := simulator.DownRefused; ; mode = simulator.DownRefused + simulator.Up - mode {
			s.sim.SetDown(mode)
			select {
			case <-over:
				return
			case <-time.After(time.Second):
			}
		}
	}()
}
