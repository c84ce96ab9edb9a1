// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// While the status of one does not say yet that it lost its name, the endpoint has the one that the controller will let win, not
// the one whose ID comes first; nobody can order the other.
func TestTwoOfferingsWantOneName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	loser := testenv.Blueprint(w.namespace, "younger", testenv.At(w.namespace), func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{{Name: "small"}}}
	})
	w.Expect(env.Client.Create(t.Context(), loser)).To(Succeed())
	loser.Status.Offering = &v1alpha1.OfferingStatus{
		ID: "0-" + w.serviceID(), Name: w.blueprint.Status.Offering.Name, Plans: []v1alpha1.PlanStatus{{Name: "small", ID: "0-" + w.plan("small")}},
	}
	meta.SetStatusCondition(&loser.Status.Conditions, metav1.Condition{Type: v1alpha1.OfferedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonOffered})
	w.Expect(env.Client.Status().Update(t.Context(), loser)).To(Succeed())

	catalog, err := w.service.Catalog(t.Context())
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(catalog.Services).To(And(ContainElement(HaveField("ID", w.serviceID())), Not(ContainElement(HaveField("ID", loser.Status.Offering.ID)))))
	order := w.put("x", "small", "")
	order.ServiceID, order.PlanID = loser.Status.Offering.ID, loser.Status.Offering.Plans[0].ID
	_, err = w.Provision(t.Context(), order)
	w.Expect(err).To(MatchError(ContainSubstring("service_id is not the ID of a service offering")))
	w.provision("x", "small", "")
}
