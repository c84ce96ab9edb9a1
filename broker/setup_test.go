// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

const audience = "osb.cloudify.co"

// tokenDoors let those in whose token Kubernetes knows.
func tokenDoors(c client.Client, namespace string, limits doors.Limits) *doors.Doors {
	return doors.New(doors.Config{TokenAudience: audience, Namespace: namespace, Client: c, Limits: limits})
}

// token makes a ServiceAccount and returns a token of it for an audience.
func token(t *testing.T, namespace, name, audience string) string {
	t.Helper()
	g := NewWithT(t)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	g.Expect(client.IgnoreAlreadyExists(env.Client.Create(t.Context(), account))).To(Succeed())
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: []string{audience}}}
	g.Expect(env.Client.SubResource("token").Create(t.Context(), account, request)).To(Succeed())
	return request.Status.Token
}

// grant gives a ServiceAccount rights for the endpoint.
func grant(t *testing.T, namespace, name string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	g := NewWithT(t)
	meta := metav1.ObjectMeta{Namespace: namespace, Name: name}
	g.Expect(env.Client.Create(t.Context(), &rbacv1.Role{ObjectMeta: meta, Rules: rules})).To(Succeed())
	g.Expect(env.Client.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}},
	})).To(Succeed())
}

// Who comes with a token may do what Kubernetes says, in the namespace of the instances.
func TestTokens(t *testing.T) {
	g := NewWithT(t)
	namespace := env.Namespace(t)
	e := newEndpoint(&fake{}, tokenDoors(env.Client, namespace, doors.DefaultLimits()), func() error { return nil })
	p := newPlatform(t, e)
	all := func(resource string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{APIGroups: []string{doors.APIGroup}, Resources: []string{resource}, Verbs: []string{verbGet, verbCreate, verbUpdate, verbDelete}}
	}
	grant(t, namespace, "platform", all(catalogResource), all(instanceResource), all(bindingResource))
	grant(t, namespace, "looker", rbacv1.PolicyRule{APIGroups: []string{doors.APIGroup}, Resources: []string{catalogResource, instanceResource}, Verbs: []string{verbGet}})
	elsewhere := env.Namespace(t)
	grant(t, elsewhere, "neighbour", all(catalogResource), all(instanceResource), all(bindingResource))

	as := func(token string) *platform { return p.with("Authorization", "Bearer "+token) }
	whole, looker := as(token(t, namespace, "platform", audience)), as(token(t, namespace, "looker", audience))
	neighbour := as(token(t, elsewhere, "neighbour", audience))
	g.Eventually(func() int { return whole.ask("GET", "/v2/catalog", "").status }).WithTimeout(patience).WithPolling(time.Second).Should(Equal(200))
	for _, q := range questions {
		g.Expect(whole.ask(q.method, q.path, q.body).status).To(Equal(200), "%s %s", q.method, q.path)
		wanted := http.StatusForbidden
		if q.method == "GET" && q.path != bindingURL && q.path != bindingURL+"/last_operation" {
			wanted = http.StatusOK
		}
		g.Eventually(func() int { return looker.ask(q.method, q.path, q.body).status }).WithTimeout(patience).
			WithPolling(time.Second).Should(Equal(wanted), "%s %s", q.method, q.path)
		g.Expect(neighbour.ask(q.method, q.path, q.body).status).To(Equal(403), "%s %s", q.method, q.path)
	}
	g.Expect(as(token(t, namespace, "platform", "https://kubernetes.default.svc")).ask("GET", "/v2/catalog", "").status).To(Equal(401), "it is for somebody else")
	g.Expect(as("x").ask("GET", "/v2/catalog", "").status).To(Equal(401))
	g.Expect(as("").ask("GET", "/v2/catalog", "").status).To(Equal(401))
	g.Expect(p.with("Authorization", "bearer "+token(t, namespace, "platform", audience)).ask("GET", "/v2/catalog", "").status).To(Equal(200))
	g.Expect(p.with("Authorization", basic("platform", "x")).ask("GET", "/v2/catalog", "").status).To(Equal(401), "there are no passwords")
}

// counted is a client that counts what it creates, and may hold or fail it.
type counted struct {
	client.Client
	created int
	hold    func()
	err     error
}

func (c *counted) Create(ctx context.Context, object client.Object, options ...client.CreateOption) error {
	c.created++
	if c.hold != nil {
		c.hold()
	}
	if c.err != nil {
		return c.err
	}
	return c.Client.Create(ctx, object, options...)
}

// Kubernetes is not asked again for each request, and not by too many at once; when it cannot be asked nobody comes in, and
// nobody is told to be wrong.
func TestReviewsAreFew(t *testing.T) {
	g := NewWithT(t)
	namespace := env.Namespace(t)
	c := &counted{Client: env.Client}
	limits := doors.DefaultLimits()
	limits.Reviews, limits.TurnTime = 1, 200*time.Millisecond
	e := newEndpoint(&fake{}, tokenDoors(c, namespace, limits), func() error { return nil })
	p := newPlatform(t, e).with("Authorization", "Bearer "+token(t, namespace, "stranger", audience))
	for range 5 {
		g.Expect(p.ask("GET", "/v2/catalog", "").status).To(Equal(403))
		g.Expect(p.with("Authorization", "Bearer x").ask("GET", "/v2/catalog", "").status).To(Equal(401))
	}
	g.Expect(c.created).To(Equal(3), "two tokens and a right")

	entered, leave := make(chan struct{}), make(chan struct{})
	c.hold = func() { entered <- struct{}{}; <-leave }
	held := make(chan int, 1)
	go func() { held <- p.with("Authorization", "Bearer y").send("GET", "/v2/catalog", "").status }()
	<-entered
	other := p.with("Authorization", "Bearer z")
	g.Expect(other.ask("PUT", instanceURL, provisionBody).status).To(Equal(429))
	g.Expect(other.ask("GET", "/v2/catalog", "").status).To(Equal(503))
	g.Expect(p.ask("GET", "/v2/catalog", "").status).To(Equal(403), "who is known is not asked about")
	close(leave)
	g.Expect(<-held).To(Equal(401))

	c.hold, c.err = nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
	g.Expect(p.with("Authorization", "Bearer new").ask("PUT", instanceURL, provisionBody).status).To(Equal(503))
	c.err = nil
	g.Expect(p.with("Authorization", "Bearer new").ask("PUT", instanceURL, provisionBody).status).To(Equal(401))
}

// A platform that comes with many requests at once, after a minute or for the first time, is asked about once, and has all of
// them answered.
func TestReviewsAreShared(t *testing.T) {
	g := NewWithT(t)
	namespace := env.Namespace(t)
	grant(t, namespace, "platform", rbacv1.PolicyRule{APIGroups: []string{doors.APIGroup}, Resources: []string{instanceResource}, Verbs: []string{verbCreate}})
	key := token(t, namespace, "platform", audience)
	g.Eventually(func() int { // the rights take effect
		e := newEndpoint(&fake{}, tokenDoors(env.Client, namespace, doors.DefaultLimits()), func() error { return nil })
		return newPlatform(t, e).with("Authorization", "Bearer "+key).ask("PUT", instanceURL, provisionBody).status
	}).WithTimeout(patience).Should(Equal(200))

	c := &counted{Client: env.Client, hold: func() { time.Sleep(200 * time.Millisecond) }}
	e := newEndpoint(&fake{}, tokenDoors(c, namespace, doors.DefaultLimits()), func() error { return nil })
	p := newPlatform(t, e).with("Authorization", "Bearer "+key)
	var all sync.WaitGroup
	statuses := make([]int, 2*doors.DefaultLimits().Reviews)
	for i := range statuses {
		all.Go(func() { statuses[i] = p.send("PUT", instanceURL, provisionBody).status })
	}
	all.Wait()
	g.Expect(statuses).To(HaveEach(200))
	g.Expect(c.created).To(Equal(2), "a token and a right")
}

// The endpoint of a manager answers from its cache while its namespace is there, and otherwise says why not; the process is ready
// all the time.
func TestSetup(t *testing.T) {
	g := NewWithT(t)
	address := freeAddress(t)
	probes := freeAddress(t)
	options := kube.View{Namespace: "default"}.ManagerOptions()
	options.Metrics.BindAddress, options.HealthProbeBindAddress = "0", probes
	options.LeaderElection, options.LeaderElectionID, options.LeaderElectionNamespace = true, "held-by-another", "default"
	mgr, err := ctrl.NewManager(env.RestConfig, options)
	g.Expect(err).NotTo(HaveOccurred())
	ctx, stop := context.WithCancel(t.Context())
	g.Expect(Setup(ctx, mgr, Options{BindAddress: Off})).NotTo(BeNil())
	g.Expect(Setup(ctx, mgr, Options{BindAddress: address, Insecure: InsecureOpen, Namespace: "services-of-setup"})).NotTo(BeNil())
	stopped := make(chan error, 1)
	go func() { stopped <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Errorf("the manager did not end well: %v", err)
		}
	})

	p := (&platform{t: t, url: "http://" + address, client: &http.Client{}}).with(osb.VersionHeader, "2.14")
	readiness := func() int {
		response, err := http.Get("http://" + probes + "/readyz")
		if err != nil {
			return 0
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	g.Eventually(func() error {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			err = connection.Close()
		}
		return err
	}).WithTimeout(patience).Should(Succeed())
	g.Eventually(readiness).WithTimeout(patience).Should(Equal(200))
	answer := p.ask("GET", "/v2/catalog", "")
	g.Expect(answer.status).To(Equal(503))
	g.Expect(answer.raw).To(ContainSubstring("the namespace of service instances, services-of-setup, does not exist: create it"))
	g.Expect(p.ask("PUT", instanceURL+"?accepts_incomplete=true", provisionBody).status).To(Equal(503))

	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "services-of-setup"}}
	g.Expect(env.Client.Create(t.Context(), namespace)).To(Succeed())
	g.Eventually(func() string { return p.ask("GET", "/v2/catalog", "").raw }).WithTimeout(patience).Should(MatchJSON(`{"services": []}`))
	g.Expect(p.ask("GET", instanceURL, "").status).To(Equal(404))
	g.Expect(p.ask("PUT", instanceURL+"?accepts_incomplete=true", provisionBody).status).To(Equal(400), "the service is not in the catalog")

	offer(t, "cellar", "0b0c")
	services := func() any { return p.ask("GET", "/v2/catalog", "").body["services"] }
	g.Eventually(services).WithTimeout(patience).Should(HaveLen(1))

	g.Expect(env.Client.Delete(t.Context(), namespace)).To(Succeed())
	g.Eventually(func() string { return p.ask("GET", "/v2/catalog", "").raw }).WithTimeout(patience).Should(ContainSubstring("is being deleted"))
	g.Expect(readiness()).To(Equal(200))
}

// offer makes a blueprint that is offered, as its controller would.
func offer(t *testing.T, name, id string) {
	t.Helper()
	g := NewWithT(t)
	b := &v1alpha1.CloudifyBlueprint{}
	b.Name, b.Namespace, b.Spec.Offering = name, env.Namespace(t), &v1alpha1.Offering{}
	status := v1alpha1.CloudifyBlueprintStatus{Offering: &v1alpha1.OfferingStatus{
		ID: id, Name: name, Plans: []v1alpha1.PlanStatus{{Name: v1alpha1.DefaultPlanName, ID: id + "-" + v1alpha1.DefaultPlanName}},
	}}
	g.Expect(env.Client.Create(t.Context(), b)).To(Succeed())
	b.Status = status
	b.Status.Conditions = []metav1.Condition{{Type: "Offered", Status: metav1.ConditionTrue, Reason: "Offered", LastTransitionTime: metav1.Now()}}
	g.Expect(env.Client.Status().Update(t.Context(), b)).To(Succeed())
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
