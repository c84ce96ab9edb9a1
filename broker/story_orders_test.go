// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// These are the calls of platforms around an install that fails, in their order. Korifi's is TestProvisionAtEachLook.

// service-catalog polls with the operation and never asks twice for what failed. It cleans up at once: DELETE, sent again within
// milliseconds, and polls. The instance stays Failed until somebody edits it; then it is ordered anew under the ID it had.
func TestServiceCatalogAfterAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ordered, err := w.Provision(t.Context(), w.put("x", "free", `{"region":"east"}`))
	w.Expect(err).NotTo(HaveOccurred())
	w.works(v1alpha1.ReasonInstalling)
	w.Expect(w.poll("x", ordered.Operation).State).To(Equal(osb.InProgress))
	w.stalls(v1alpha1.ReasonInstallFailed)
	w.Expect(w.poll("x", ordered.Operation)).To(Equal(&osb.LastOperation{State: osb.Failed, Description: "because of InstallFailed"}))
	failed := w.object("x")

	var removed *osb.DeprovisionResponse
	for range 3 {
		again, err := w.Deprovision(t.Context(), w.delete("x"))
		w.Expect(err).NotTo(HaveOccurred())
		w.Expect(again.Operation).To(Equal(token("deprovision", failed, 1)))
		removed = again
	}
	w.Expect(w.object("x").DeletionTimestamp).NotTo(BeNil(), "nobody waits before the clean-up")
	w.Expect(w.poll("x", removed.Operation).State).To(Equal(osb.InProgress))
	order := w.put("x", "free", `{"region":"west"}`)
	_, err = w.Provision(t.Context(), order)
	w.Expect(err).To(MatchError(service.ErrBusy), "it is sent again later")
	w.releases()
	w.Expect(w.poll("x", removed.Operation).State).To(Equal(osb.Succeeded))
	_, err = w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).To(MatchError(service.ErrGone))

	anew, err := w.Provision(t.Context(), order)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(anew.Operation).To(Equal(token("provision", w.object("x"), 1)), "it starts at once, whatever failed before")
	w.Expect(w.poll("x", anew.Operation).State).To(Equal(osb.InProgress))
	w.applies("x")
	w.Expect(w.poll("x", anew.Operation).State).To(Equal(osb.Succeeded))
}

// service-catalog that hears nothing within its time limit does the same, in the middle of the install.
func TestServiceCatalogAfterATimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order := w.put("x", "free", `{"region":"east"}`)
	unheard, err := w.Provision(t.Context(), order)
	w.Expect(err).NotTo(HaveOccurred())
	w.works(v1alpha1.ReasonInstalling)
	removed, err := w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	w.works(v1alpha1.ReasonUninstalling)
	w.Expect(w.poll("x", removed.Operation).State).To(Equal(osb.InProgress))
	w.releases()
	w.Expect(w.poll("x", removed.Operation).State).To(Equal(osb.Succeeded))

	anew, err := w.Provision(t.Context(), order)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(anew.Operation).NotTo(Equal(unheard.Operation))
	w.applies("x")
	w.Expect(w.poll("x", anew.Operation).State).To(Equal(osb.Succeeded))
}

// Cloud Controller keeps an instance whose creation failed, without a clean-up, until its user deletes it. What users try before,
// an update or an app that is bound, tells why it cannot be. A new one has a new ID.
func TestCloudControllerAfterAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ordered, err := w.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.stalls(v1alpha1.ReasonInstallFailed)
	w.Expect(w.poll("x", ordered.Operation)).To(Equal(&osb.LastOperation{State: osb.Failed, Description: "because of InstallFailed"}))

	const why = "the service instance could not be created: because of InstallFailed"
	_, err = w.Update(t.Context(), w.patch("x", "large", `{"region":"west"}`))
	w.Expect(err).To(MatchError(why))
	_, err = w.Bind(t.Context(), w.bind("x", "app", ``))
	w.Expect(err).To(MatchError(why))
	w.Expect(w.poll("x", ordered.Operation).State).To(Equal(osb.Failed), "and that changes nothing")

	removed, err := w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	w.stalls(v1alpha1.ReasonUninstallFailed)
	w.Expect(w.poll("x", removed.Operation).State).To(Equal(osb.Failed), "the user deletes it again")
	_, err = w.Provision(t.Context(), w.put("y", "free", ``))
	w.Expect(err).NotTo(HaveOccurred(), "what is still deleted holds up no other instance")
	removed, err = w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(w.poll("x", removed.Operation).State).To(Equal(osb.InProgress))
	w.releases()
	w.Expect(w.poll("x", removed.Operation).State).To(Equal(osb.Succeeded))
	w.applies("y")
	w.Expect(w.poll("y", token("provision", w.object("y"), 1)).State).To(Equal(osb.Succeeded))
}
