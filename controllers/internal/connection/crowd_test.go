// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// A controller with few workers serves the objects of a good Manager at once, while two others with many objects each hang:
// one that was good until its slots had grown, and one whose connection is opened anew as often as it is lost.
func TestWorkersAreNobodys(t *testing.T) {
	g := NewWithT(t)
	const workers, many, few = 40, 200, 20
	var hang atomic.Bool
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bad := strings.Contains(r.URL.Path, "late") && hang.Load() || strings.Contains(r.URL.Path, "hangs")
		if bad {
			select {
			case <-r.Context().Done():
			case <-over:
			}
			return
		}
		_, _ = w.Write([]byte(`{"id": "x", "version": "7.1.0", "edition": "community"}`))
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(over) })

	pool, queue := NewPool(), priorityqueue.New[reconcile.Request]("test")
	t.Cleanup(queue.ShutDown)
	g.Expect(pool.Turns("test").Start(t.Context(), queue)).To(Succeed())
	for _, manager := range []string{"late", "hangs", "good"} {
		pool.Open(manager, newClient(t, server.URL))
	}
	var served atomic.Int32
	// visit looks at an object as controllers do, the namespace being its Manager; it comes again unless it was served.
	visit := func(r reconcile.Request) {
		c, err := pool.Get(r.Namespace)
		if err != nil {
			if r.Namespace == "hangs" {
				pool.Open(r.Namespace, newClient(t, server.URL))
			}
			queue.AddAfter(r, 100*time.Millisecond)
			return
		}
		v := pool.Visit("test", r.NamespacedName)
		if v.Enter(c, &v1alpha1.CloudifyDeployment{}, New) != nil {
			return
		}
		ctx, cancel := outcome.WithDeadline(context.Background())
		defer cancel()
		_, err = c.GetBlueprint(ctx, r.Namespace+r.Name)
		v.End(r.Namespace, err)
		switch {
		case err != nil:
			queue.AddAfter(r, time.Second)
		case r.Namespace == "good":
			served.Add(1)
		default:
			queue.AddAfter(r, time.Millisecond)
		}
	}
	for range workers {
		go func() {
			for {
				r, shutdown := queue.Get()
				if shutdown {
					return
				}
				visit(r)
				queue.Done(r)
			}
		}()
	}
	add := func(manager string, objects int) {
		for i := range objects {
			r := request(fmt.Sprint(i))
			r.Namespace = manager
			queue.Add(r)
		}
	}
	add("late", many)
	add("hangs", many)
	line := pool.lines.of("late")
	g.Eventually(func() int { line.mu.Lock(); defer line.mu.Unlock(); return line.slots }).WithTimeout(10 * time.Second).Should(Equal(16))
	hang.Store(true)
	for round := range 3 {
		begun := time.Now()
		served.Store(0)
		add("good", few)
		g.Eventually(served.Load).WithTimeout(20*time.Second).WithPolling(5*time.Millisecond).Should(BeEquivalentTo(few), "round %d", round)
		t.Logf("%d objects of the good Manager after %s", few, time.Since(begun).Round(time.Millisecond))
		g.Expect(time.Since(begun)).To(BeNumerically("<", 2*time.Second))
		if round == 0 { // until the first reads were given up, and all others with them
			g.Eventually(func() error { _, err := pool.Get("late"); return err }).WithTimeout(20 * time.Second).Should(MatchError(ErrUnavailable))
			g.Eventually(func() int { line.mu.Lock(); defer line.mu.Unlock(); return len(line.held) }).WithTimeout(20*time.Second).Should(BeZero(), "nobody waits for an answer any more")
		}
	}
}
