// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// informed is a replica with cache and client of its own, as they are in the operator.
func (w *world) informed() *platform {
	w.t.Helper()
	p, _ := w.informedBy(env.RestConfig)
	return p
}

// informedBy also returns the replica's manager.
func (w *world) informedBy(config *rest.Config) (*platform, ctrl.Manager) {
	w.t.Helper()
	mgr, err := newManager(config, env.Namespace(w.t))
	w.Expect(err).NotTo(HaveOccurred())
	s, err := broker.NewService(w.t.Context(), mgr, broker.Options{Namespace: w.namespace})
	w.Expect(err).NotTo(HaveOccurred())
	go func() {
		if err := mgr.Start(w.t.Context()); err != nil {
			w.t.Errorf("run the replica: %v", err)
		}
	}()
	w.Expect(mgr.GetCache().WaitForCacheSync(w.t.Context())).To(BeTrue())
	return serve(w.t, s), mgr
}

func TestARealCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.informed()
	w.platform = w.informed()
	d := w.provision("x", "small", `{"region":"east"}`)
	w.Eventually(func() osb.OperationState { return state(t, other, token("provision", d, 1)) }).Should(Equal(osb.Succeeded))
	catalog, err := other.service.Catalog(t.Context())
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(catalog.Services).To(ContainElement(HaveField("ID", w.serviceID())))

	// A refusal, and no refusal as soon as the author has changed it, on either replica.
	for i := range 3 {
		id := fmt.Sprint("y", i)
		_, err := other.Provision(t.Context(), w.put(id, "new"+fmt.Sprint(i), ``))
		w.Expect(err).To(MatchError(ContainSubstring("plan_id")))
		w.adds("new" + fmt.Sprint(i))
		_, err = other.Provision(t.Context(), w.put(id, "new"+fmt.Sprint(i), ``))
		w.Expect(err).NotTo(HaveOccurred())
	}

	// Each replica saw the instance go, so each can say so without a token.
	w.deprovisions()
	w.Eventually(func() osb.OperationState { return state(t, other, "") }).Should(Equal(osb.InProgress))
	w.releases()
	for _, replica := range []*platform{w.platform, other} {
		w.Eventually(func() osb.OperationState { return state(t, replica, "") }).Should(Equal(osb.Succeeded))
	}
}

// What the cache has is read without a copy, so nobody may write to it.
func TestNobodyWritesToTheCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	replica, mgr := w.informedBy(env.RestConfig)
	w.platform = replica
	d := w.provision("x", "small", `{"region":"east","password":"s3cret-s3cret"}`)
	w.publishes("x", map[string]any{"url": "http://example.com"})
	w.Eventually(func() osb.OperationState { return state(t, replica, token("provision", d, 1)) }).Should(Equal(osb.Succeeded))
	untouched := func() {
		w.t.Helper()
		for _, kind := range []client.Object{d, w.blueprint} {
			kept, live := kind.DeepCopyObject().(client.Object), kind.DeepCopyObject().(client.Object)
			w.Expect(env.Client.Get(t.Context(), client.ObjectKeyFromObject(kind), live)).To(Succeed())
			w.Eventually(func(g Gomega) {
				g.Expect(mgr.GetCache().Get(t.Context(), client.ObjectKeyFromObject(kind), kept)).To(Succeed())
				g.Expect(kept.GetResourceVersion()).To(Equal(live.GetResourceVersion()))
			}).Should(Succeed())
			for _, o := range []client.Object{kept, live} { // what the cache does not keep, or adds
				o.SetManagedFields(nil)
				o.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
			}
			w.Expect(text(t, kept)).To(MatchJSON(text(t, live)), "%T", kind)
		}
	}
	for name, ask := range map[string]func() (any, error){
		"catalog": func() (any, error) { return replica.service.Catalog(t.Context()) },
		"GET":     func() (any, error) { return replica.service.Instance(t.Context(), "x") },
		"PUT": func() (any, error) {
			return replica.Provision(t.Context(), w.put("x", "small", `{"region":"east","password":"s3cret-s3cret"}`))
		},
		"bind": func() (any, error) { return replica.Bind(t.Context(), w.bind("x", "b", ``)) },
	} {
		_, err := ask()
		w.Expect(err).NotTo(HaveOccurred(), name)
		untouched()
	}
	_, err := replica.Update(t.Context(), w.patch("x", "large", `{"region":"west"}`))
	w.Expect(err).NotTo(HaveOccurred())
	untouched()
	w.Expect(state(t, replica, token("update", d, 2))).To(Equal(osb.InProgress))
	w.Expect(state(t, replica, "")).To(Equal(osb.InProgress))
	untouched()
}

// adds gives the offering another plan.
func (w *world) adds(plan string) {
	w.t.Helper()
	w.authors(func(o *v1alpha1.Offering) { o.Plans = append(o.Plans, v1alpha1.Plan{Name: plan}) })
	w.blueprint.Status.Offering.Plans = append(w.blueprint.Status.Offering.Plans, v1alpha1.PlanStatus{Name: plan, ID: w.plan(plan)})
	w.Expect(env.Client.Status().Update(w.t.Context(), w.blueprint)).To(Succeed())
}

// What no Kubernetes object can hold is the platform's mistake, and nothing of it is repeated.
func TestMoreThanAnObjectHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.blueprint.Status.Offering.Schema = nil
	w.Expect(env.Client.Status().Update(t.Context(), w.blueprint)).To(Succeed())
	var many []string
	for i := range 300 {
		many = append(many, fmt.Sprintf(`"p%d":"s3cret"`, i))
	}
	_, err := w.service.Provision(t.Context(), w.put("x", "free", "{"+strings.Join(many, ",")+"}"))
	w.Expect(err).To(BeAssignableToTypeOf(&service.InvalidError{}))
	w.Expect(err).To(MatchError(And(ContainSubstring("spec.inputs"), Not(ContainSubstring("s3cret")))))
	w.Expect(w.objects()).To(BeEmpty())
}
