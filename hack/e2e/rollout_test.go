// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// beside is an endpoint of another replica: the same certificate and credentials at another address.
func (e *endpoint) beside(t *testing.T) *endpoint {
	return &endpoint{url: "https://" + testenv.FreeAddress(t), certs: e.certs, credentials: e.credentials}
}

// callers keep their connections to an endpoint, and ask on and on.
type callers struct {
	// target is the address to which new connections lead.
	target atomic.Value

	mu sync.Mutex
	// answered counts requests, parted those whose answer ended the connection; cut are those that got no answer.
	answered, parted int
	cut              []string
	stop             context.CancelFunc
	done             sync.WaitGroup
}

// call starts callers, who stop with the test at the latest.
func call(t *testing.T, e *endpoint, crowd int) *callers {
	t.Helper()
	c := &callers{}
	c.lead(e)
	ctx, stop := context.WithCancel(t.Context())
	c.stop = stop
	for range crowd {
		c.done.Go(func() { c.ask(ctx) })
	}
	t.Cleanup(c.end)
	return c
}

func (c *callers) lead(e *endpoint) { c.target.Store(strings.TrimPrefix(e.url, "https://")) }

func (c *callers) end() {
	c.stop()
	c.done.Wait()
}

// ask is one caller. Its requests can be sent once only, so that no cut is mended unseen.
func (c *callers) ask(ctx context.Context) {
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // whoever serves is not what is tested
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, c.target.Load().(string))
		},
	}
	defer transport.CloseIdleConnections()
	for ctx.Err() == nil {
		r, err := emptyOrder(ctx, "https://endpoint", io.NopCloser(strings.NewReader("{}")))
		if err != nil {
			c.note(false, err)
			return
		}
		answer, err := transport.RoundTrip(r)
		if err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
		if ctx.Err() == nil {
			c.note(answer != nil && answer.Close, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// emptyOrder is a request that is refused once its body was read.
func emptyOrder(ctx context.Context, url string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, url+"/v2/service_instances/x", body)
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth("platform", "to-be-replaced")
	r.Header.Set("X-Broker-API-Version", "2.17")
	return r, nil
}

// beginOrder sends the first byte of a request's body. The request is answered once finish was called.
func (e *endpoint) beginOrder(t *testing.T) (finish func()) {
	t.Helper()
	g := NewWithT(t)
	body, rest := io.Pipe()
	r, err := emptyOrder(t.Context(), e.url, body)
	g.Expect(err).NotTo(HaveOccurred())
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // whoever serves is not what is tested
	status := make(chan int, 1)
	go func() {
		defer transport.CloseIdleConnections()
		defer close(status)
		if answer, err := transport.RoundTrip(r); err == nil {
			status <- answer.StatusCode
			_ = answer.Body.Close()
		}
	}()
	_, err = rest.Write([]byte("{"))
	g.Expect(err).NotTo(HaveOccurred())
	return func() {
		t.Helper()
		_, err := rest.Write([]byte("}"))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(rest.Close()).To(Succeed())
		g.Eventually(status).WithTimeout(patience).Should(Receive(Equal(http.StatusBadRequest)))
	}
}

func (c *callers) note(parted bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	dial := (*net.OpError)(nil)
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		// Nothing was asked: a Service would lead elsewhere.
	case err != nil:
		c.cut = append(c.cut, fmt.Sprint(time.Now().Format(time.StampMilli), " ", err))
	default:
		c.answered++
		if parted {
			c.parted++
		}
	}
}

func (c *callers) count() (answered, parted int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answered, c.parted
}

// In a rolling update each replica is stopped under load once the next one is ready. New connections lead elsewhere a second later,
// as kube-proxy is late, and no request is cut.
func TestARollingUpdateCutsNothing(t *testing.T) {
	g := NewWithT(t)
	e := openEndpoint(t)
	serving := startOperator(t, e.flags()...)
	load := call(t, e, 8)
	for range 2 {
		next := e.beside(t)
		successor := startOperator(t, next.flags()...)
		noticed := time.AfterFunc(time.Second, func() { load.lead(next) })
		g.Expect(serving.shutDown(syscall.SIGTERM)).To(Succeed())
		noticed.Stop()
		e, serving = next, successor
	}
	load.end()
	answered, parted := load.count()
	g.Expect(load.cut).To(BeEmpty(), "of %d requests", answered)
	g.Expect(answered).To(BeNumerically(">", 100))
	g.Expect(parted).To(BeNumerically(">=", 16), "each caller is asked to go, twice")
}

// A leader that loses the API server ends; those whom its endpoint serves are asked to go before it does.
func TestALeaderWithoutAnAPIServerDrains(t *testing.T) {
	g := NewWithT(t)
	e := openEndpoint(t)
	api, kubeconfig := newAPIDoor(t, install(t).user)
	o := startOperatorWith(t, kubeconfig, append(e.flags(), elected...)...)
	g.Eventually(o.output).WithTimeout(patience).Should(ContainSubstring("Successfully acquired lease"))
	load := call(t, e, 4)
	g.Eventually(func() int { answered, _ := load.count(); return answered }).WithTimeout(patience).Should(BeNumerically(">", 10))
	_, before := load.count()
	api.set(apiShut)
	g.Eventually(func() int { _, parted := load.count(); return parted }).WithTimeout(patience).Should(BeNumerically(">", before))
	noticed := time.AfterFunc(time.Second, func() { load.lead(e.beside(t)) }) // where nobody is
	defer noticed.Stop()
	g.Expect(o.awaitEnd()).NotTo(Succeed(), "its exit status should say that something was wrong")
	load.end()
	_, parted := load.count()
	g.Expect(load.cut).To(BeEmpty())
	g.Expect(parted-before).To(BeNumerically(">=", 4), "each caller is asked to go")
}

// A restart is no news: whatever became of the objects was told before. Fifty are ready, five have failed and two install; the operator is
// stopped or killed and started again, beside a Manager that answers, or takes its time, or is away until the operator has been up for a
// while: only those that install then say so, and not as a Warning.
func TestARestartIsQuiet(t *testing.T) {
	const healthy, failed, busy = 50, 5, 2
	o := startOperator(t)
	s := newStory(t, o)
	var slow atomic.Bool
	s.door.around = func(string, *http.Request) func() {
		if slow.Load() {
			time.Sleep(300 * time.Millisecond)
		}
		return func() {}
	}
	s.InstallSeconds = 1
	s.create(s.shop())
	model := s.awaitReady()
	var created []*v1alpha1.CloudifyDeployment
	t.Cleanup(func() { release(created) })
	for i := range healthy + failed + busy {
		d := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: s.Name, Name: fmt.Sprintf("shop-%d", i)}, Spec: *model.Spec.DeepCopy()}
		switch {
		case i >= healthy+failed:
			d.Spec.Inputs["install_seconds"] = testenv.JSON(int(forever.Seconds()))
		case i >= healthy:
			d.Spec.Inputs["unknown"] = testenv.JSON(1)
		}
		s.Expect(env.Client.Create(t.Context(), d)).To(Succeed())
		created = append(created, d)
	}
	await := func() {
		t.Helper()
		s.Eventually(s.deployments).Should(And(
			HaveLen(healthy+failed+busy+1),
			HaveEach(Or(testenv.BeReady(), testenv.BeStalled(v1alpha1.ReasonInvalidInputs), testenv.BeWaiting(v1alpha1.ReasonInstalling))),
		))
	}
	await()
	told := s.events()
	s.Eventually(func() int { before := len(told); told = s.events(); return len(told) - before }).WithPolling(time.Second).Should(BeZero())
	s.Expect(warnings(told)).To(HaveLen(failed))

	for _, row := range []struct {
		name   string
		signal syscall.Signal
		slow   bool
		away   bool
	}{
		{"stopped", syscall.SIGTERM, false, false},
		{"killed", syscall.SIGKILL, false, false},
		{"stopped, and the Manager is slow", syscall.SIGTERM, true, false},
		{"killed, and the Manager is slow", syscall.SIGKILL, true, false},
		{"stopped, and the Manager is away", syscall.SIGTERM, false, true},
	} {
		_ = o.shutDown(row.signal) // how a killed one ends is no matter
		slow.Store(row.slow)
		if row.away {
			s.manager.SetDown(simulator.DownBadGateway)
		}
		s.manager.ResetRequests()
		o.start()
		if row.away {
			s.Eventually(func() int { return s.manager.RequestCount("GET version") }).Should(BeNumerically(">=", 2), row.name)
			s.manager.SetDown(simulator.Up)
		}
		s.Eventually(func() int { return s.manager.RequestCount("GET executions") }).Should(BeNumerically(">=", 3), row.name)
		s.Eventually(func() string { return s.get("http://" + o.metrics + "/metrics") }).Should(And(
			Not(MatchRegexp(`workqueue_depth\{[^}]*name="cloudifydeployment"[^}]*\} [1-9]`)),
			ContainSubstring(`controller_runtime_active_workers{controller="cloudifydeployment"} 0`)), row.name)
		await()
		now := s.events()
		s.Expect(warnings(now)).To(ConsistOf(warnings(told)), row.name)
		if !row.away {
			s.Expect(now).To(ConsistOf(told), row.name)
		}
	}
}

// events are those of the story's namespace: of all that is not a CloudifyManager.
func (s *story) events() (said []string) {
	s.t.Helper()
	var list eventsv1.EventList
	s.Expect(env.Client.List(s.t.Context(), &list, client.InNamespace(s.Name))).To(Succeed())
	for i := range list.Items {
		e := &list.Items[i]
		said = append(said, fmt.Sprintf("%s %s %s: %s", e.Type, e.Regarding.Name, e.Reason, e.Note))
	}
	return said
}

func warnings(events []string) []string {
	return slices.DeleteFunc(slices.Clone(events), func(said string) bool { return !strings.HasPrefix(said, corev1.EventTypeWarning) })
}

// deployments are all of the story.
func (s *story) deployments() ([]testenv.Object, error) {
	var list v1alpha1.CloudifyDeploymentList
	err := env.Client.List(s.t.Context(), &list, client.InNamespace(s.Name))
	found := make([]testenv.Object, 0, len(list.Items))
	for i := range list.Items {
		found = append(found, &list.Items[i])
	}
	return found, err
}

// A leader that is stopped hands over at once, while a request is still on its way to its endpoint: the next reconcile is its
// successor's.
func TestALeaderHandsOverAtOnce(t *testing.T) {
	e := openEndpoint(t)
	leader := startOperator(t, append(e.flags(), "--leader-elect")...)
	s := newStory(t, leader)
	s.create(s.shop())
	s.awaitReady()
	second := startOperator(t, append(e.beside(t).flags(), "--leader-elect")...)
	s.operator = second
	finish := e.beginOrder(t)

	asked := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- leader.shutDown(syscall.SIGTERM) }()
	s.Eventually(second.output).WithPolling(10 * time.Millisecond).Should(ContainSubstring(`"Starting workers","controller":"cloudifydeployment"`))
	led := time.Since(asked)
	change := &frozenStory{story: s}
	change.patch(`{"spec":{"inputs":{"port":8081}}}`)
	s.Eventually(func() bool {
		d, err := s.deployment()
		return err == nil && d.Status.ObservedGeneration == d.Generation
	}).WithPolling(10 * time.Millisecond).Should(BeTrue())
	t.Logf("the successor led after %v and had reconciled a change after %v", led, time.Since(asked))
	s.Expect(ended).NotTo(Receive(), "the leader should still wait for the request")
	finish()
	s.Eventually(ended).Should(Receive(Succeed()))
	s.awaitReady()
	s.deleteAll()
	s.awaitGone()
}
