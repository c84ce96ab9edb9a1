// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// newClient is a client that is asked nothing, unless endpoint is served.
func newClient(t *testing.T, endpoint string) *cloudify.Client {
	t.Helper()
	c, err := cloudify.New(cloudify.Config{Endpoint: endpoint, Tenant: "default_tenant", Username: "admin", Password: "admin"})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}

func refused(status int, code string) error {
	return fmt.Errorf("read deployment: %w", &cloudify.Error{Op: "GET deployments", StatusCode: status, Code: code})
}

var errNoRoute = fmt.Errorf("read deployment: %w", &cloudify.ConnectionError{Op: "GET deployments", Err: errors.New("no route")})

func TestWhatTripsTheBreaker(t *testing.T) {
	for _, row := range []struct {
		name  string
		err   error
		trips bool
	}{
		{"nothing", nil, false},
		{"wrong credentials", refused(401, "unauthorized_error"), true},
		{"no connection", errNoRoute, true},
		{"a gateway without a Manager", refused(502, ""), true},
		{"a gateway that waited in vain", refused(504, ""), true},
		{"a field the release should know", refused(400, "no_such_include_field_error"), true},
		{"maintenance, in the Manager's words", refused(503, "maintenance_mode_active"), true},
		{"a restore", refused(503, "in_snapshot_restore_error"), true},
		{"maintenance that is about to begin", refused(503, "entering_maintenance_mode"), false},
		{"no permission", refused(403, "forbidden_error"), false},
		{"gone", refused(404, "not_found_error"), false},
		{"too many requests", refused(429, ""), false},
		{"a mistake of the Manager", refused(500, "internal_server_error"), false},
		{"busy", refused(400, "existing_running_execution_error"), false},
		{"a wait", outcome.Wait("Installing", ""), false},
		{"trouble in Kubernetes", errors.New("conflict"), false},
		{"the end of the process", context.Canceled, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			pool := NewPool()
			woken := woken(t, pool.Trips())
			pool.Open("other", newClient(t, "https://other"))
			c := pool.Open("default", newClient(t, "https://manager"))
			c.Note(row.err)

			still, err := pool.Get("default")
			if !row.trips {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(still).To(BeIdenticalTo(c))
				g.Expect(pool.TakeCause("default")).To(Succeed())
				g.Expect(woken()).To(BeEmpty())
				return
			}
			g.Expect(err).To(MatchError(ErrUnavailable))
			g.Expect(err).To(MatchError("CloudifyManager default: not connected"))
			g.Expect(woken()).To(ConsistOf("default"))
			g.Expect(pool.TakeCause("default")).To(BeIdenticalTo(row.err))
			g.Expect(pool.TakeCause("default")).To(Succeed(), "it is told once")
			_, err = pool.Get("other")
			g.Expect(err).NotTo(HaveOccurred(), "the breaker is one connection's")
		})
	}
}

// What may not be the Manager's answer is asked after once in a while, over the connection that there is.
func TestADoubtWakesTheManager(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		pool := NewPool()
		woken := woken(t, pool.Trips())
		c := pool.Open("default", newClient(t, "https://manager"))
		doubt := func() { c.Note(&cloudify.Error{StatusCode: 403, Foreign: true}) }
		g.Expect(c.TakeDoubt()).To(BeFalse())
		doubt()
		doubt()
		g.Expect(woken()).To(ConsistOf("default"))
		g.Expect(pool.Get("default")).To(BeIdenticalTo(c))
		g.Expect(c.TakeDoubt()).To(BeTrue())
		g.Expect(c.TakeDoubt()).To(BeFalse(), "it is told once")
		doubt()
		g.Expect(woken()).To(BeEmpty(), "a front that refuses one request does not keep the Manager busy")

		time.Sleep(doubtInterval)
		c.Note(refused(404, ""))
		g.Expect(woken()).To(ConsistOf("default"))
		g.Expect(c.TakeDoubt()).To(BeTrue())

		pool.Open("default", newClient(t, "https://manager"))
		time.Sleep(doubtInterval)
		doubt()
		g.Expect(woken()).To(BeEmpty(), "a connection that was replaced has no say")
	})
}

func TestABreakerTripsOnce(t *testing.T) {
	g := NewWithT(t)
	pool := NewPool()
	c := pool.Open("default", newClient(t, "https://manager"))
	c.Note(refused(401, "unauthorized_error"))
	c.Note(errNoRoute)
	g.Expect(pool.TakeCause("default")).To(Equal(refused(401, "unauthorized_error")), "the first cause counts")
}

func TestAReplacedConnectionHasNoSay(t *testing.T) {
	g := NewWithT(t)
	pool := NewPool()
	woken := woken(t, pool.Trips())
	old := pool.Open("default", newClient(t, "https://manager"))
	present := pool.Open("default", newClient(t, "https://manager"))
	old.Note(errNoRoute)

	g.Expect(pool.Get("default")).To(BeIdenticalTo(present))
	g.Expect(pool.TakeCause("default")).To(Succeed())
	g.Expect(woken()).To(BeEmpty())
}

func TestThePollerSpeaksByName(t *testing.T) {
	g := NewWithT(t)
	pool := NewPool()
	pool.NoteError("default", errNoRoute) // not connected: nobody listens
	g.Expect(pool.TakeCause("default")).To(Succeed())

	pool.Open("default", newClient(t, "https://manager"))
	pool.NoteError("default", refused(403, "forbidden_error"))
	g.Expect(pool.Get("default")).NotTo(BeNil())
	pool.NoteError("default", errNoRoute)
	g.Expect(pool.TakeCause("default")).To(BeIdenticalTo(errNoRoute))
}

func TestCloseHasNoCause(t *testing.T) {
	g := NewWithT(t)
	pool := NewPool()
	woken := woken(t, pool.Trips())
	pool.Open("default", newClient(t, "https://manager"))
	pool.Close("default")
	pool.Close("default")

	_, err := pool.Get("default")
	g.Expect(err).To(MatchError(ErrUnavailable))
	g.Expect(pool.TakeCause("default")).To(Succeed())
	g.Expect(woken()).To(BeEmpty(), "who closes it knows why")
}

func TestAnOpeningWakesWhatWaits(t *testing.T) {
	g := NewWithT(t)
	pool := NewPool()
	woken := woken(t, pool.Openings(func(_ context.Context, manager string) outcome.Woken {
		// Who is woken looks at once.
		g.Expect(pool.Get(manager)).NotTo(BeNil())
		return outcome.Woken{Work: []reconcile.Request{{}, request("waits-for-" + manager)}}
	}))
	g.Expect(woken()).To(BeEmpty())
	pool.Open("default", newClient(t, "https://manager"))
	g.Expect(woken()).To(ConsistOf("", "waits-for-default"))
}

// What waits for a connection has something to do: it goes before looks at what is as it should be, or failed.
func TestAnOpeningGoesBeforeLooks(t *testing.T) {
	g := NewWithT(t)
	pool := NewPool()
	queue := priorityqueue.New[reconcile.Request]("test")
	t.Cleanup(queue.ShutDown)
	outcome.Add(queue, handler.LowPriority, request("look"))
	opening := pool.Openings(func(_ context.Context, manager string) outcome.Woken {
		return outcome.Woken{Work: []reconcile.Request{request("waits-for-" + manager)}, Idle: []reconcile.Request{request("failed")}}
	})
	g.Expect(opening.Start(t.Context(), queue)).To(Succeed())
	pool.Open("default", newClient(t, "https://manager"))
	g.Eventually(queue.Len).Should(Equal(3))
	for _, next := range []string{"waits-for-default", "look", "failed"} {
		woken, _ := queue.Get()
		g.Expect(woken.Name).To(Equal(next))
	}
}

// An outage is said once, by the CloudifyManager; its idle objects say that they do not know only when it lasts.
func TestUnavailable(t *testing.T) {
	for _, row := range []struct {
		name    string
		settled bool
		silence time.Duration
		kind    outcome.Kind
		after   time.Duration
	}{
		{"an idle object at first", true, 0, outcome.Unchanged, 10 * time.Minute},
		{"an idle object later", true, 9*time.Minute + 59*time.Second, outcome.Unchanged, time.Second},
		{"an idle object at last", true, 10 * time.Minute, outcome.Waiting, 0},
		{"an object with work to do", false, 0, outcome.Waiting, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				pool := NewPool()
				time.Sleep(time.Hour) // connected, or not yet asked for
				pool.Open("default", newClient(t, "https://manager"))
				time.Sleep(time.Hour)
				pool.Close("default")
				time.Sleep(row.silence)

				out := outcome.Classify(pool.Unavailable(managerThat("False", "ManagerUnreachable"), row.settled, "; there is a way out"))
				g.Expect(out.Kind).To(Equal(row.kind))
				g.Expect(out.After).To(Equal(row.after))
				if row.kind == outcome.Waiting {
					g.Expect(out.Unseen).To(BeTrue())
					g.Expect(out.Reason).To(Equal("ManagerNotReady"))
					g.Expect(out.Message).To(Equal("CloudifyManager default is not connected: ManagerUnreachable: no route; there is a way out"))
				}
			})
		})
	}
}

// After a restart an outage goes on that the CloudifyManager told of before; a new process has a minute to connect.
func TestAnOutageOutlivesARestart(t *testing.T) {
	for _, row := range []struct {
		name  string
		ready metav1.ConditionStatus
		since time.Duration
		cause string
		after time.Duration
	}{
		{"connected before", "True", 5 * time.Minute, "Ready", 10 * time.Minute},
		{"lost before", "Unknown", 5 * time.Minute, "ManagerUnreachable", 5 * time.Minute},
		{"refused before", "False", 5 * time.Minute, "Unauthorized", 5 * time.Minute},
		{"lost long before", "Unknown", time.Hour, "ManagerUnreachable", time.Minute},
		{"connected, and not ready for another reason", "False", time.Hour, "InUse", 10 * time.Minute},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := managerThat(row.ready, row.cause)
				m.Status.Conditions[0].LastTransitionTime = metav1.NewTime(time.Now().Add(-row.since))
				NewWithT(t).Expect(outcome.Classify(NewPool().Unavailable(m, true, "")).After).To(Equal(row.after))
			})
		})
	}
}

// After a restart an outage that nobody told of counts from the restart, and the CloudifyManager may still say what the last process found.
func TestUnavailableSinceTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		pool := NewPool()
		time.Sleep(time.Minute)
		g.Expect(outcome.Classify(pool.Unavailable(managerThat("True", "Ready"), true, "")).After).To(Equal(9 * time.Minute))
		for _, m := range []*v1alpha1.CloudifyManager{managerThat("True", "Ready"), {ObjectMeta: metav1.ObjectMeta{Name: "default"}}} {
			g.Expect(outcome.Classify(pool.Unavailable(m, false, "")).Message).To(
				Equal("CloudifyManager default is not connected: the operator is trying to reach it"))
		}
	})
}

// A Manager that a process which has just begun has not come to yet is no news of objects with work to do: unless its CloudifyManager
// told of trouble before, or the first try ended in some, or a minute has passed.
func TestAStartIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		pool := NewPool()
		time.Sleep(10 * time.Second)
		look := func(m *v1alpha1.CloudifyManager) outcome.Outcome {
			return outcome.Classify(pool.Unavailable(m, false, ""))
		}
		quiet := look(managerThat("True", "Ready"))
		g.Expect(quiet.Untold).To(BeTrue())
		g.Expect(quiet.After).To(Equal(2*time.Second), "an opening wakes only those that look busy")
		g.Expect(look(managerThat("False", "Unauthorized")).Untold).To(BeFalse())
		g.Expect(look(&v1alpha1.CloudifyManager{}).Untold).To(BeFalse())
		time.Sleep(49 * time.Second)
		g.Expect(look(managerThat("True", "Ready")).After).To(Equal(time.Second))
		time.Sleep(time.Second)
		g.Expect(look(managerThat("True", "Ready")).Untold).To(BeFalse())
	})
}

func managerThat(ready metav1.ConditionStatus, reason string) *v1alpha1.CloudifyManager {
	m := &v1alpha1.CloudifyManager{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	m.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ReadyCondition, Status: ready, Reason: reason, Message: "no route"}}
	return m
}

func request(name string) reconcile.Request {
	var r reconcile.Request
	r.Name = name
	return r
}

// woken starts a source, and returns what takes the names it has woken.
func woken(t *testing.T, s source.Source) func() []string {
	t.Helper()
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	t.Cleanup(queue.ShutDown)
	NewWithT(t).Expect(s.Start(t.Context(), queue)).To(Succeed())
	return func() []string {
		var names []string
		for queue.Len() > 0 {
			r, _ := queue.Get()
			queue.Done(r)
			names = append(names, r.Name)
		}
		return names
	}
}
