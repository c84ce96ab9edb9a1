// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"net/http/httptest"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func secret(name string, data ...string) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: name}, Data: map[string][]byte{}}
	for i := 0; i < len(data); i += 2 {
		s.Data[data[i]] = []byte(data[i+1])
	}
	return s
}

func configMap(name, key, value string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: name}, Data: map[string]string{key: value}}
}

func elsewhere(o client.Object) client.Object {
	o.SetNamespace("shop")
	return o
}

func TestResolve(t *testing.T) {
	const endpoint = "https://manager.example.com"
	basic := secret("manager", "username", "admin", "password", "pass", "more", "x")
	plain := cloudify.Config{Endpoint: endpoint, Tenant: "default_tenant", Username: "admin", Password: "pass"}
	trusted := plain
	trusted.CA, trusted.ServerName = []byte("PEM"), "m"

	for _, row := range []struct {
		name    string
		manager *v1alpha1.CloudifyManager
		objects []client.Object
		config  cloudify.Config
	}{
		{"user and password", newManager(endpoint), []client.Object{basic}, plain},
		{"a token", newManager(endpoint), []client.Object{secret("manager", "token", "t")}, cloudify.Config{Endpoint: endpoint, Tenant: "default_tenant", Token: "t"}},
		{"user and password beside an empty token", newManager(endpoint), []client.Object{secret("manager", "username", "admin", "password", "pass", "token", "")}, plain},
		{"a token beside an empty user", newManager(endpoint), []client.Object{secret("manager", "username", "", "token", "t")}, cloudify.Config{Endpoint: endpoint, Tenant: "default_tenant", Token: "t"}},
		{"blanks within and around a password", newManager(endpoint), []client.Object{secret("manager", "username", "admin", "password", " pa ss ")},
			cloudify.Config{Endpoint: endpoint, Tenant: "default_tenant", Username: "admin", Password: " pa ss "}},
		{"authorities in a ConfigMap", newManager(endpoint, trusting("ConfigMap", "")), []client.Object{basic, configMap("ca", "ca.crt", "PEM")}, trusted},
		{"authorities in a Secret, by key", newManager(endpoint, trusting("Secret", "a.pem")), []client.Object{basic, secret("ca", "a.pem", "PEM")}, trusted},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := &scope{manager: row.manager}
			g.Expect(newReconciler(t, row.objects...).resolve(t.Context(), s)).To(Succeed())
			g.Expect(s.config).To(Equal(row.config))
		})
	}
}

// What is missing is named, with what to do, and the connection does not outlive its Secret.
func TestResolveWhatIsMissing(t *testing.T) {
	basic := secret("manager", "username", "admin", "password", "pass")
	for _, row := range []struct {
		name    string
		options []func(*v1alpha1.CloudifyManager)
		objects []client.Object
		reason  string
		words   []string
	}{
		{"no Secret", nil, nil, "InvalidCredentials", []string{"Secret cloudify-system/manager not found", "create it with the keys username and password, or token"}},
		{"a Secret elsewhere", nil, []client.Object{elsewhere(basic.DeepCopy())}, "InvalidCredentials", []string{"Secret cloudify-system/manager not found"}},
		{"an empty Secret", nil, []client.Object{secret("manager")}, "InvalidCredentials", []string{"needs the keys username and password, or token; it has none"}},
		{"other keys", nil, []client.Object{secret("manager", "user", "admin", "pass", "word")}, "InvalidCredentials", []string{"it has pass, user"}},
		{"no password", nil, []client.Object{secret("manager", "username", "admin")}, "InvalidCredentials", []string{"it has username"}},
		{"an empty password", nil, []client.Object{secret("manager", "username", "admin", "password", "")}, "InvalidCredentials", []string{"key password is empty", "kubectl create secret generic manager -n cloudify-system"}},
		{"an empty token", nil, []client.Object{secret("manager", "token", "")}, "InvalidCredentials", []string{"key token is empty"}},
		{"values of blanks", nil, []client.Object{secret("manager", "username", " ", "password", "\n")}, "InvalidCredentials", []string{"key username is empty, key password is empty"}},
		{"a password that ends with a line break", nil, []client.Object{secret("manager", "username", "admin", "password", "pass\n")}, "InvalidCredentials",
			[]string{"Secret cloudify-system/manager cannot be used: key password ends with a line break. ", "--from-literal=KEY=VALUE", "echo -n"}},
		{"a user name that ends with a line break", nil, []client.Object{secret("manager", "username", "admin\r\n", "password", "pass")}, "InvalidCredentials", []string{"key username ends with a line break"}},
		{"a token that ends with a line break", nil, []client.Object{secret("manager", "token", "t0ken\n")}, "InvalidCredentials", []string{"key token ends with a line break"}},
		{"a password of two lines", nil, []client.Object{secret("manager", "username", "admin", "password", "pa\nss")}, "InvalidCredentials", []string{"key password contains a line break"}},
		{"no ConfigMap", []func(*v1alpha1.CloudifyManager){trusting("ConfigMap", "")}, []client.Object{basic}, "InvalidTLS", []string{"ConfigMap cloudify-system/ca of tls.caRef not found: create it with the key ca.crt"}},
		{"no Secret of authorities", []func(*v1alpha1.CloudifyManager){trusting("Secret", "a.pem")}, []client.Object{basic}, "InvalidTLS", []string{"Secret cloudify-system/ca of tls.caRef not found: create it with the key a.pem"}},
		{"no key", []func(*v1alpha1.CloudifyManager){trusting("ConfigMap", "a.pem")}, []client.Object{basic, configMap("ca", "ca.crt", "PEM")}, "InvalidTLS", []string{"ConfigMap cloudify-system/ca of tls.caRef has no key a.pem"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			remote := startRemote(t, (*httptest.Server).Start)
			r, m := newReconciler(t, row.objects...), newManager(remote.URL, row.options...)
			g.Expect(r.connect(t.Context(), newScope(m))).To(Succeed())

			err := r.resolve(t.Context(), newScope(m))
			g.Expect(err).To(ends(outcome.Waiting, row.reason, row.words...))
			for _, value := range []string{"admin", "t0ken", "pa\nss"} {
				g.Expect(err.Error()).NotTo(ContainSubstring(value), "keys are named, values never")
			}
			_, err = r.Pool.Get("default")
			g.Expect(err).To(MatchError(connection.ErrUnavailable))
		})
	}
}

// belongs makes an object one of the CloudifyManager.
func belongs(o client.Object, manager string) client.Object {
	o.SetAnnotations(map[string]string{v1alpha1.ManagerAnnotation: manager})
	return o
}

func named(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func TestClaimHoldsTheManager(t *testing.T) {
	g := NewWithT(t)
	r := newReconciler(t, newManager("https://manager"))
	m := stored(t, r)
	s := newScope(m)
	g.Expect(r.claim(t.Context(), s)).To(Succeed())
	g.Expect(stored(t, r).Finalizers).To(ConsistOf(v1alpha1.Finalizer))
	g.Expect(s.before.ResourceVersion).To(Equal(stored(t, r).ResourceVersion), "the status is written over what was claimed")

	g.Expect(r.claim(t.Context(), newScope(stored(t, r)))).To(Succeed())
	g.Expect(stored(t, r).ResourceVersion).To(Equal(s.before.ResourceVersion))
}

func TestDeletion(t *testing.T) {
	for _, row := range []struct {
		name    string
		objects []client.Object
		waits   []string // for these; nobody: it goes
	}{
		{"nobody uses it", nil, nil},
		{"others use another", []client.Object{
			belongs(&v1alpha1.CloudifyDeployment{ObjectMeta: named("shop", "cellar")}, "other"), &v1alpha1.CloudifyBlueprint{ObjectMeta: named("shop", "unclaimed")},
		}, nil},
		{"blueprints and deployments use it", []client.Object{
			belongs(&v1alpha1.CloudifyDeployment{ObjectMeta: named("shop", "cellar")}, "default"), belongs(&v1alpha1.CloudifyBlueprint{ObjectMeta: named("catalog", "nodecellar")}, "default"),
		}, []string{"CloudifyBlueprint catalog/nodecellar, CloudifyDeployment shop/cellar.", "deletionPolicy to Orphan"}},
		{"only what was discovered is there", []client.Object{belongs(discoveredBy("default", ""), "default")}, nil},
		{"what was discovered is to be deleted at the Manager", []client.Object{belongs(discoveredBy("default", v1alpha1.DeletionPolicyDelete), "default")},
			[]string{"CloudifyBlueprint catalog/found.", "deletionPolicy to Orphan"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			remote := startRemote(t, (*httptest.Server).Start)
			m := newManager(remote.URL)
			m.Finalizers = []string{v1alpha1.Finalizer}
			r := newReconciler(t, append(row.objects, m)...)
			g.Expect(r.connect(t.Context(), newScope(m))).To(Succeed())
			g.Expect(r.Delete(t.Context(), m.DeepCopy())).To(Succeed())

			s := newScope(stored(t, r))
			err := r.claim(t.Context(), s)
			_, unavailable := r.Pool.Get("default")
			if row.waits == nil {
				g.Expect(outcome.Classify(err).Kind).To(Equal(outcome.Gone))
				g.Expect(stored(t, r)).To(BeNil())
				g.Expect(unavailable).To(MatchError(connection.ErrUnavailable))
				return
			}
			g.Expect(err).NotTo(HaveOccurred(), "its connection goes on working for them")
			g.Expect(unavailable).NotTo(HaveOccurred())
			g.Expect(r.holders(t.Context(), s)).To(ends(outcome.Waiting, "InUse", row.waits...))
			g.Expect(stored(t, r).Finalizers).To(ConsistOf(v1alpha1.Finalizer))
		})
	}
}

// A CloudifyManager that is deleted says who holds it back, whatever else is wrong with it.
func TestWhoHoldsItBackIsSaid(t *testing.T) {
	s := newScope(newManager("https://manager"))
	s.users = []string{"CloudifyDeployment shop/cellar"}
	for _, row := range []struct {
		err    error
		reason string
	}{
		{outcome.WaitUnseen(1, "ManagerUnreachable", "no route"), "ManagerUnreachable"},
		{outcome.WaitFor(1, "Unauthorized", "correct the Secret"), "Unauthorized"},
		{outcome.Wait("InUse", "%s", held(s.users)), "InUse"},
	} {
		g := NewWithT(t)
		out := outcomeOf(s, row.err)
		g.Expect(out.Reason).To(Equal(row.reason))
		g.Expect(strings.Count(out.Message, "CloudifyDeployment shop/cellar")).To(Equal(1), out.Message)
	}
	s.users = nil
	NewWithT(t).Expect(outcomeOf(s, outcome.WaitUnseen(1, "ManagerUnreachable", "no route")).Message).To(Equal("no route"))
}

func discoveredBy(manager string, policy v1alpha1.DeletionPolicy) *v1alpha1.CloudifyBlueprint {
	b := &v1alpha1.CloudifyBlueprint{ObjectMeta: named("catalog", "found"), Spec: v1alpha1.CloudifyBlueprintSpec{DeletionPolicy: policy}}
	b.Labels = map[string]string{v1alpha1.DiscoveredByLabel: manager}
	return b
}

func TestReleaseOfOneThatIsNotDeleted(t *testing.T) {
	NewWithT(t).Expect(newReconciler(t).holders(t.Context(), newScope(newManager("https://manager")))).To(Succeed())
}

// stored reads the CloudifyManager anew; nil when it is gone.
func stored(t *testing.T, r *reconciler) *v1alpha1.CloudifyManager {
	t.Helper()
	var m v1alpha1.CloudifyManager
	err := r.Get(t.Context(), client.ObjectKey{Name: "default"}, &m)
	if apierrors.IsNotFound(err) {
		return nil
	}
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return &m
}

// What uses a CloudifyManager wakes it when it is gone only if the deletion of that waits for it.
func TestWhoWaitsForAnObjectThatIsGone(t *testing.T) {
	g := NewWithT(t)
	stays, ends := newManager("https://m.example.com"), newManager("https://m.example.com")
	stays.Name, ends.Name = "stays", "ends"
	ends.Finalizers, ends.DeletionTimestamp = []string{v1alpha1.Finalizer}, new(metav1.Now())
	r := newReconciler(t, stays, ends)
	of := func(manager string) []reconcile.Request {
		d := &v1alpha1.CloudifyDeployment{}
		d.Annotations = map[string]string{v1alpha1.ManagerAnnotation: manager}
		return r.awaitedBy(t.Context(), d)
	}
	g.Expect(of("ends")).To(HaveExactElements(HaveField("Name", "ends")))
	for _, manager := range []string{"stays", "gone", ""} {
		g.Expect(of(manager)).To(BeEmpty(), manager)
	}
}
