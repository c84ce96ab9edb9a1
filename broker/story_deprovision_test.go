// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"context"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// deprovisions sends a DELETE of instance x that must be accepted, and returns its token.
func (w *world) deprovisions() string {
	w.t.Helper()
	answer, err := w.Deprovision(w.t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	return answer.Operation
}

func TestDeprovision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "free", ``)
	r := w.delete("x")
	r.ServiceID, r.PlanID = "another", "another"
	answer, err := w.Deprovision(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(answer.Operation).To(Equal(token("deprovision", d, 1)))
	for range 5 { // service-catalog asks again within milliseconds
		w.Expect(w.deprovisions()).To(Equal(answer.Operation))
	}
	_, err = w.Instance(t.Context(), "x")
	w.Expect(err).To(MatchError(service.ErrNotFound))
	w.works(v1alpha1.ReasonUninstalling)
	for _, operation := range []string{answer.Operation, "deprovision", ""} {
		w.Expect(w.poll("x", operation)).To(HaveValue(And(HaveField("State", osb.InProgress), HaveField("Description", "Uninstalling"))))
	}
	w.releases()
	for range 3 {
		for _, operation := range []string{answer.Operation, "deprovision", ""} {
			w.Expect(w.poll("x", operation)).To(Equal(&osb.LastOperation{State: osb.Succeeded}))
		}
	}
	w.Expect(w.poll("x", token("provision", d, 1)).State).To(Equal(osb.Failed))
	_, err = w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).To(MatchError(service.ErrGone))
	r.AcceptsIncomplete = false
	_, err = w.Deprovision(t.Context(), r)
	w.Expect(err).To(MatchError(service.ErrAsyncRequired))

	another := w.replica(current) // which saw nothing of it
	op, err := another.InstanceOperation(t.Context(), &osb.PollRequest{InstanceID: "x", Operation: answer.Operation})
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(op.State).To(Equal(osb.Succeeded))
	_, err = another.InstanceOperation(t.Context(), &osb.PollRequest{InstanceID: "x"})
	w.Expect(err).To(MatchError(service.ErrNotFound))
}

func TestDeprovisionOfWhatNeverWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).To(MatchError(service.ErrGone))
	_, err = w.InstanceOperation(t.Context(), &osb.PollRequest{InstanceID: "x", Operation: "deprovision"})
	w.Expect(err).To(MatchError(service.ErrNotFound))
}

func TestDeprovisionMeets(t *testing.T) {
	t.Parallel()
	for name, meets := range map[string]func(*world){
		"create running, not seen yet": func(*world) {},
		"create at work":               func(w *world) { w.works(v1alpha1.ReasonInstalling) },
		"create failed":                func(w *world) { w.stalls(v1alpha1.ReasonInstallFailed) },
		"update running": func(w *world) {
			w.applies("x")
			w.updates(w.patch("x", "", `{"size":1}`))
		},
		"update failed": func(w *world) {
			w.applies("x")
			w.updates(w.patch("x", "", `{"size":1}`))
			w.stalls(v1alpha1.ReasonUpdateFailed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			provision, err := w.Provision(t.Context(), w.put("x", "free", ``))
			w.Expect(err).NotTo(HaveOccurred())
			meets(w)
			d := w.object("x")
			operation := w.deprovisions()
			w.Expect(operation).To(Equal(token("deprovision", d, int(d.Spec.OSB.Operation.Number))))
			w.Expect(w.poll("x", operation).State).To(Equal(osb.InProgress))
			if d.Status.Applied == nil {
				w.Expect(w.poll("x", provision.Operation)).To(Equal(&osb.LastOperation{State: osb.Failed, Description: "the service instance is being deleted"}))
			}
			w.releases()
			w.Expect(w.poll("x", operation).State).To(Equal(osb.Succeeded))
			w.Expect(w.objects()).To(BeEmpty())
		})
	}
}

func TestDeprovisionThatStalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "free", ``)
	first := w.deprovisions()
	w.stalls(v1alpha1.ReasonUninstallFailed)
	w.Expect(w.poll("x", first)).To(Equal(&osb.LastOperation{State: osb.Failed, Description: "because of UninstallFailed", InstanceUsable: new(false)}))

	second := w.deprovisions()
	w.Expect(second).To(Equal(token("deprovision", d, 2)))
	asked := v1alpha1.RequestedAt(w.object("x"))
	w.Expect(asked).NotTo(BeEmpty())
	w.Expect(w.poll("x", second).State).To(Equal(osb.InProgress))
	w.Expect(w.poll("x", first).State).To(Equal(osb.InProgress))
	w.Expect(w.deprovisions()).To(Equal(second))

	w.stalls(v1alpha1.ReasonUninstallFailed)
	w.Expect(w.deprovisions()).To(Equal(second), "not that soon")
	w.Expect(v1alpha1.RequestedAt(w.object("x"))).To(Equal(asked))
	w.Expect(w.poll("x", second).State).To(Equal(osb.Failed))
	w.edit(func(d *v1alpha1.CloudifyDeployment) {
		d.Annotations[v1alpha1.RequestedAtAnnotation] = "2020-01-01T00:00:00Z"
	})
	w.stalls(v1alpha1.ReasonUninstallFailed)
	third := w.deprovisions()
	w.Expect(third).To(Equal(token("deprovision", d, 3)))
	w.Expect(v1alpha1.RequestedAt(w.object("x"))).NotTo(Equal("2020-01-01T00:00:00Z"))
	w.releases()
	w.Expect(w.poll("x", first).State).To(Equal(osb.Succeeded))
}

// A DELETE holds for the object as it was read: the API server would else not see a finalizer that comes meanwhile.
func TestDeprovisionOfWhatChangesMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", ``)
	deletes := 0
	racing := overrun{env.Client, func() {
		if deletes++; deletes <= 2 {
			w.edit(func(d *v1alpha1.CloudifyDeployment) { d.Spec.DisplayName = fmt.Sprint("edit ", deletes) })
		}
	}}
	_, err := w.replica(racing).Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(deletes).To(Equal(3), "what it read was stale twice")
	w.Expect(w.object("x").DeletionTimestamp.IsZero()).To(BeFalse())
}

// overrun lets something happen right before each DELETE.
type overrun struct {
	client.Client
	before func()
}

func (o overrun) Delete(ctx context.Context, object client.Object, opts ...client.DeleteOption) error {
	o.before()
	return o.Client.Delete(ctx, object, opts...)
}

// PUT, then DELETE at once: the object has its finalizer from the beginning, so it stays until the controller lets go.
func TestDeprovisionRightAfterProvision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	operation := w.deprovisions()
	d := w.object("x")
	w.Expect(d.Finalizers).To(ConsistOf(v1alpha1.Finalizer))
	w.Expect(d.DeletionTimestamp.IsZero()).To(BeFalse())
	w.Expect(w.poll("x", operation).State).To(Equal(osb.InProgress))
	w.releases()
	w.Expect(w.poll("x", operation).State).To(Equal(osb.Succeeded))
}

// Deleted through the other door, between two requests of the platform.
func TestDeletedByKubectl(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	d := w.object("x")
	w.Expect(env.Client.Delete(t.Context(), d)).To(Succeed())
	w.Expect(w.poll("x", token("provision", d, 1)).State).To(Equal(osb.Failed))
	w.Expect(w.deprovisions()).To(Equal(token("deprovision", d, 1)))
	w.releases()
	w.Expect(w.poll("x", token("provision", d, 1)).State).To(Equal(osb.Failed), "404 would leave the platform polling for days")
	_, err = w.Update(t.Context(), w.patch("x", "", `{}`))
	w.Expect(err).To(MatchError(service.ErrNotFound))
	_, err = w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).To(MatchError(service.ErrGone))
}

// Tried again by kubectl: the platform's poll follows.
func TestTriedAgainByKubectl(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer, err := w.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.stalls(v1alpha1.ReasonInstallFailed)
	w.Expect(w.poll("x", answer.Operation).State).To(Equal(osb.Failed))
	w.edit(func(d *v1alpha1.CloudifyDeployment) {
		d.Annotations = map[string]string{v1alpha1.RequestedAtAnnotation: "now"}
	})
	w.Expect(w.poll("x", answer.Operation).State).To(Equal(osb.InProgress))
	w.applies("x")
	w.Expect(w.poll("x", answer.Operation).State).To(Equal(osb.Succeeded))
}

func TestInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Instance(t.Context(), "x")
	w.Expect(err).To(MatchError(service.ErrNotFound))
	_, err = w.Provision(t.Context(), w.put("x", "small", `{"region":"east"}`))
	w.Expect(err).NotTo(HaveOccurred())
	_, err = w.Instance(t.Context(), "x")
	w.Expect(err).To(MatchError(service.ErrNotFound), "provisioning")
	w.stalls(v1alpha1.ReasonInstallFailed)
	_, err = w.Instance(t.Context(), "x")
	w.Expect(err).To(MatchError(service.ErrNotFound), "never provisioned")
	d := w.applies("x")
	shown, err := w.Instance(t.Context(), "x")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(text(t, shown)).To(MatchJSON(text(t, map[string]any{
		"service_id": w.serviceID(), "plan_id": w.plan("small"), "parameters": map[string]any{"region": "east"}, "maintenance_info": map[string]any{"version": "1.0.0"},
		"dashboard_url": shown.DashboardURL,
	})))
	w.Expect(shown.DashboardURL).To(ContainSubstring(string(d.UID)))
	w.stalls(v1alpha1.ReasonInstallFailed)
	_, err = w.Instance(t.Context(), "x")
	w.Expect(err).NotTo(HaveOccurred(), "it was provisioned, whatever Ready says")
}
