// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"

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
