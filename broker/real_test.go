// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// shop is a whole endpoint, over HTTP and with the store that it has in the operator. The test plays the platform, and the
// controllers by writing status.
type shop struct {
	Gomega
	*platform
	t         *testing.T
	namespace string
	blueprint *v1alpha1.CloudifyBlueprint
}

const shopSchema = `{
	"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "additionalProperties": false, "required": ["region"],
	"properties": {
		"region": {"type": "string", "enum": ["east", "west"]}, "size": {"type": "integer"}, "server": {"type": "object"},
		"password": {"type": "string", "format": "password", "minLength": 8}
	}}`

// openShop serves an offering of the plans small and large, which fix the size, and free.
func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{Gomega: NewWithT(t), t: t, namespace: env.Namespace(t)}
	options := kube.View{Namespace: env.Namespace(t)}.ManagerOptions()
	options.Metrics.BindAddress, options.HealthProbeBindAddress = "0", "0"
	mgr, err := ctrl.NewManager(env.RestConfig, options)
	s.Expect(err).NotTo(HaveOccurred())
	ctx, stop := context.WithCancel(t.Context())
	address := freeAddress(t)
	s.Expect(Setup(ctx, mgr, Options{BindAddress: address, Insecure: InsecureOpen, Namespace: s.namespace})).NotTo(BeNil())
	stopped := make(chan error, 1)
	go func() { stopped <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	s.platform = (&platform{t: t, url: "http://" + address, client: &http.Client{}}).with(osb.VersionHeader, "2.17")
	s.offer()
	s.Eventually(func() error {
		response, err := s.client.Get(s.url)
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	}).WithTimeout(patience).Should(Succeed())
	s.Eventually(func() any { return s.ask("GET", "/v2/catalog", "").body["services"] }).WithTimeout(patience).Should(HaveLen(1))
	return s
}

func (s *shop) offer() {
	b := testenv.Blueprint(s.namespace, "cellar", func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{
			{Name: "small", Inputs: map[string]v1alpha1.JSON{"size": testenv.JSON(1)}, MaintenanceInfo: &v1alpha1.MaintenanceInfo{Version: "1.0.0"}},
			{Name: "large", Inputs: map[string]v1alpha1.JSON{"size": testenv.JSON(5)}},
			{Name: "free"},
		}}
	})
	s.Expect(env.Client.Create(s.t.Context(), b)).To(Succeed())
	s.t.Cleanup(func() { _ = env.Client.Delete(context.Background(), b) }) // others look at the catalog of the cluster, too
	b.Status.Offering = &v1alpha1.OfferingStatus{ID: "cellar-id", Name: "cellar", Description: "A shop.", Schema: &v1alpha1.JSON{Raw: []byte(shopSchema)}}
	for _, plan := range b.Spec.Offering.Plans {
		b.Status.Offering.Plans = append(b.Status.Offering.Plans, v1alpha1.PlanStatus{Name: plan.Name, ID: plan.Name + "-id"})
	}
	meta.SetStatusCondition(&b.Status.Conditions, metav1.Condition{Type: v1alpha1.OfferedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonOffered})
	s.Expect(env.Client.Status().Update(s.t.Context(), b)).To(Succeed())
	s.blueprint = b
}

// authors changes the offering as its author would.
func (s *shop) authors(change func(*v1alpha1.Offering)) {
	change(s.blueprint.Spec.Offering)
	s.Expect(env.Client.Update(s.t.Context(), s.blueprint)).To(Succeed())
}

func pathOf(id string) string    { return "/v2/service_instances/" + id }
func bindingOf(id string) string { return pathOf(id) + "/service_bindings/b" }

const (
	async   = "?accepts_incomplete=true"
	hints   = "service_id=cellar-id&plan_id=small-id"
	removal = async + "&" + hints
)

// putBody asks for an instance of the plan small, with parameters as JSON.
func putBody(parameters string) string {
	return fmt.Sprintf(`{"service_id": "cellar-id", "plan_id": "small-id", "organization_guid": "o", "space_guid": "s", "parameters": %s}`, parameters)
}

func (s *shop) object(id string) *v1alpha1.CloudifyDeployment {
	s.t.Helper()
	var d v1alpha1.CloudifyDeployment
	s.Expect(env.Client.Get(s.t.Context(), types.NamespacedName{Namespace: s.namespace, Name: id}, &d)).To(Succeed())
	return &d
}

// releases is the controller that takes its finalizer away.
func (s *shop) releases(id string) {
	d := s.object(id)
	d.Finalizers = nil
	s.Expect(env.Client.Update(s.t.Context(), d)).To(Succeed())
}

// applies is the controller that has brought about what the spec says.
func (s *shop) applies(id string) {
	s.t.Helper()
	s.reports(id, func(d *v1alpha1.CloudifyDeployment) {
		d.Status.Applied = &v1alpha1.AppliedStatus{
			Generation: d.Generation, Plan: d.Spec.Plan, Operation: d.Operation(), MaintenanceVersion: d.MaintenanceVersion(),
		}
		note(d, v1alpha1.ReadyCondition, metav1.ConditionTrue, v1alpha1.ReasonReady)
		note(d, v1alpha1.InstalledCondition, metav1.ConditionTrue, v1alpha1.ReasonInstalled)
	})
}

// adviceForKubectl is what Ready says and no platform hears.
const adviceForKubectl = "; to retry, set the annotation cloudify.co/requested-at to a new value"

// stalls is the controller that only a new request can help.
func (s *shop) stalls(id, reason string) {
	s.t.Helper()
	s.reports(id, func(d *v1alpha1.CloudifyDeployment) {
		note(d, v1alpha1.ReadyCondition, metav1.ConditionFalse, reason)
		meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition).Message += adviceForKubectl
		note(d, v1alpha1.StalledCondition, metav1.ConditionTrue, reason)
	})
}

func (s *shop) reports(id string, change func(*v1alpha1.CloudifyDeployment)) {
	s.t.Helper()
	d := s.object(id)
	d.Status.ObservedGeneration, d.Status.LastHandledRequest, d.Status.LastHandledOperation = d.Generation, v1alpha1.RequestedAt(d), d.Operation()
	meta.RemoveStatusCondition(&d.Status.Conditions, v1alpha1.StalledCondition)
	change(d)
	s.Expect(env.Client.Status().Update(s.t.Context(), d)).To(Succeed())
}

func note(d *v1alpha1.CloudifyDeployment, kind string, status metav1.ConditionStatus, reason string) {
	meta.SetStatusCondition(&d.Status.Conditions, metav1.Condition{Type: kind, Status: status, Reason: reason, Message: "because of " + reason})
}

// publishes is the controller that writes the outputs.
func (s *shop) publishes(id string, capabilities map[string]any) {
	s.t.Helper()
	d := s.object(id)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: s.namespace, Name: d.OutputsSecretName(),
			Annotations: map[string]string{v1alpha1.OutputsDescriptionAnnotation: credentials.Describe(credentials.Outputs{Capabilities: capabilities})},
		},
		Data: credentials.Data(capabilities),
	}
	s.Expect(controllerutil.SetControllerReference(d, secret, env.Scheme)).To(Succeed())
	s.Expect(env.Client.Create(s.t.Context(), secret)).To(Succeed())
	d.Status.Binding = &v1alpha1.LocalObjectReference{Name: secret.Name}
	s.Expect(env.Client.Status().Update(s.t.Context(), d)).To(Succeed())
}

// state brings an instance into one of these.
type state func(s *shop, id string)

func nothing(*shop, string) {}

func beingMade(s *shop, id string) {
	s.Expect(s.ask("PUT", pathOf(id)+async, putBody(`{"region": "east"}`)).status).To(Equal(202))
}

func ready(s *shop, id string) {
	beingMade(s, id)
	s.applies(id)
}

func failedToProvision(s *shop, id string) {
	beingMade(s, id)
	s.stalls(id, v1alpha1.ReasonInstallFailed)
}

const westBody = `{"service_id": "cellar-id", "parameters": {"region": "west"}}`

func updating(s *shop, id string) {
	ready(s, id)
	s.Expect(s.ask("PATCH", pathOf(id)+async, westBody).status).To(Equal(202))
}

func failedToUpdate(s *shop, id string) {
	updating(s, id)
	s.stalls(id, v1alpha1.ReasonUpdateFailed)
}

func deletingInstance(s *shop, id string) {
	ready(s, id)
	s.Expect(s.ask("DELETE", pathOf(id)+removal, "").status).To(Equal(202))
}

func failedToDelete(s *shop, id string) {
	deletingInstance(s, id)
	s.stalls(id, v1alpha1.ReasonUninstallFailed)
}

func gone(s *shop, id string) {
	deletingInstance(s, id)
	s.releases(id)
}

// byHand is an object that no platform made.
func byHand(s *shop, id string) {
	d := testenv.Deployment(s.namespace, id, "cellar")
	s.Expect(env.Client.Create(s.t.Context(), d)).To(Succeed())
}
