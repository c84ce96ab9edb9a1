// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

const (
	uid   = "5c9ee825-bee8-4fd0-93b1-b6dfecf6dfee"
	other = "0f0f0f0f-bee8-4fd0-93b1-b6dfecf6dfee"
)

// instance is a service instance whose latest operation has a number, and whose latest applied one has another.
func instance(number, applied int64, options ...func(*v1alpha1.CloudifyDeployment)) *v1alpha1.CloudifyDeployment {
	d := &v1alpha1.CloudifyDeployment{
		ObjectMeta: metav1.ObjectMeta{UID: uid, Generation: 7},
		Spec: v1alpha1.CloudifyDeploymentSpec{OSB: &v1alpha1.ServiceInstance{
			InstanceID: "x", Operation: v1alpha1.Operation{Verb: v1alpha1.OperationProvision, Number: number},
		}},
	}
	if applied > 0 {
		d.Status.Applied = &v1alpha1.AppliedStatus{Operation: applied}
	}
	for _, option := range options {
		option(d)
	}
	return d
}

func deleting(d *v1alpha1.CloudifyDeployment) {
	d.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
}

func updated(d *v1alpha1.CloudifyDeployment) { d.Spec.OSB.Operation.Verb = v1alpha1.OperationUpdate }

// says sets Ready, with the condition beside it, for the generation that the object has.
func says(beside, reason string) func(*v1alpha1.CloudifyDeployment) {
	return func(d *v1alpha1.CloudifyDeployment) {
		d.Status.ObservedGeneration = d.Generation
		d.Status.Conditions = append(d.Status.Conditions,
			metav1.Condition{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionFalse, Reason: reason, Message: "because of " + reason + "; use kubectl"},
			metav1.Condition{Type: beside, Status: metav1.ConditionTrue, Reason: reason, Message: "because of " + reason})
	}
}

func stalledBy(reason string) func(*v1alpha1.CloudifyDeployment) {
	return says(v1alpha1.StalledCondition, reason)
}

func installed(d *v1alpha1.CloudifyDeployment) {
	d.Status.Conditions = append(d.Status.Conditions, metav1.Condition{Type: v1alpha1.InstalledCondition, Status: metav1.ConditionTrue})
}

func unobserved(d *v1alpha1.CloudifyDeployment) { d.Generation++ }

func askedAgain(d *v1alpha1.CloudifyDeployment) {
	d.Annotations = map[string]string{v1alpha1.RequestedAtAnnotation: "now"}
}

func handled(d *v1alpha1.CloudifyDeployment) { d.Status.LastHandledRequest = "now" }

// provision, update and deprovision are tokens of the object.
func tok(v verb, number int64) string { return token{v, uid, number}.String() }

var (
	succeeded   = &osb.LastOperation{State: osb.Succeeded}
	progressing = func(reason string) *osb.LastOperation {
		return &osb.LastOperation{State: osb.InProgress, Description: reason, RetryAfter: retryAfter}
	}
)

func TestOperationState(t *testing.T) {
	const (
		inputsWrong = v1alpha1.ReasonInvalidInputs
		install     = v1alpha1.ReasonInstallFailed
		uninstall   = v1alpha1.ReasonUninstallFailed
	)
	fail := func(description string) *osb.LastOperation {
		return &osb.LastOperation{State: osb.Failed, Description: description}
	}
	failUpdate := func(description string, usable, repeatable bool) *osb.LastOperation {
		return &osb.LastOperation{State: osb.Failed, Description: description, InstanceUsable: &usable, UpdateRepeatable: &repeatable}
	}
	failDelete := func(description string, usable bool) *osb.LastOperation {
		return &osb.LastOperation{State: osb.Failed, Description: description, InstanceUsable: &usable}
	}
	const (
		later   = "a later request replaced this one before it was done"
		removed = "the service instance is being deleted"
		gone    = "the service instance was deleted by somebody else"
	)
	for _, row := range []struct {
		name     string
		token    string
		object   *v1alpha1.CloudifyDeployment
		cached   *osb.LastOperation // nil: wants a closer look
		live     *osb.LastOperation // nil: not found
		departed bool
	}{
		{name: "applied is k", token: tok(verbProvision, 1), object: instance(1, 1), cached: succeeded, live: succeeded},
		{name: "applied is beyond k", token: tok(verbProvision, 1), object: instance(4, 3), cached: succeeded, live: succeeded},
		{name: "succeeded for good, whatever Ready says", token: tok(verbUpdate, 2), object: instance(2, 2, stalledBy(install)), cached: succeeded, live: succeeded},
		{name: "succeeded for good, deleting", token: tok(verbUpdate, 2), object: instance(2, 2, deleting), cached: succeeded, live: succeeded},
		{name: "provision, a later ask followed", token: tok(verbProvision, 1), object: instance(2, 0), live: fail(later)},
		{name: "update, a later ask followed", token: tok(verbUpdate, 2), object: instance(3, 1), live: failUpdate(later, true, true)},
		{name: "provision, deleting", token: tok(verbProvision, 1), object: instance(1, 0, deleting), live: fail(removed)},
		{name: "update, deleting", token: tok(verbUpdate, 2), object: instance(2, 1, deleting, installed), live: failUpdate(removed, false, false)},
		{name: "provision stalled", token: tok(verbProvision, 1), object: instance(1, 0, stalledBy(install)), live: fail("because of " + install)},
		{name: "provision with wrong inputs", token: tok(verbProvision, 1), object: instance(1, 0, stalledBy(inputsWrong)), live: fail("because of " + inputsWrong)},
		{name: "update stalled", token: tok(verbUpdate, 2), object: instance(2, 1, installed, stalledBy(v1alpha1.ReasonUpdateFailed)), live: failUpdate("because of UpdateFailed", true, true)},
		{name: "update stalled, not installed", token: tok(verbUpdate, 2), object: instance(2, 1, stalledBy(install)), live: failUpdate("because of "+install, false, true)},
		{name: "update with wrong inputs", token: tok(verbUpdate, 2), object: instance(2, 1, installed, stalledBy(inputsWrong)), live: failUpdate("because of "+inputsWrong, true, false)},
		{name: "stalled, and asked again", token: tok(verbUpdate, 2), object: instance(2, 1, stalledBy(install), askedAgain), cached: progressing("Updating"), live: progressing("Updating")},
		{name: "stalled as asked again", token: tok(verbProvision, 1), object: instance(1, 0, stalledBy(install), askedAgain, handled), live: fail("because of " + install)},
		{name: "stalled by an earlier generation", token: tok(verbUpdate, 2), object: instance(2, 1, stalledBy(install), unobserved), cached: progressing("Updating"), live: progressing("Updating")},
		{name: "at work", token: tok(verbProvision, 1), object: instance(1, 0, says(v1alpha1.ReconcilingCondition, v1alpha1.ReasonInstalling)), cached: progressing("Installing"), live: progressing("Installing")},
		{name: "not seen yet", token: tok(verbProvision, 1), object: instance(1, 0), cached: progressing("Creating"), live: progressing("Creating")},
		{name: "a number that nobody was given", token: tok(verbUpdate, 9), object: instance(1, 1), live: succeeded},
		{name: "another object", token: token{verbProvision, other, 1}.String(), object: instance(1, 1), live: fail(gone)},
		{name: "update of another object", token: token{verbUpdate, other, 1}.String(), object: instance(1, 1), live: failUpdate(gone, false, false)},
		{name: "provision, absent", token: tok(verbProvision, 1), live: fail(gone)},
		{name: "provision, absent and seen departing", token: tok(verbProvision, 1), live: fail(gone), departed: true},
		{name: "update, absent", token: tok(verbUpdate, 2), live: failUpdate(gone, false, false)},

		{name: "deprovision stalled", token: tok(verbDeprovision, 1), object: instance(1, 1, deleting, installed, stalledBy(uninstall)), live: failDelete("because of "+uninstall, false)},
		{name: "deprovision stalled, and asked again", token: tok(verbDeprovision, 1), object: instance(2, 1, deleting, stalledBy(uninstall)), cached: progressing("Deleting"), live: progressing("Deleting")},
		{name: "deprovision stalled, not answered", token: tok(verbDeprovision, 2), object: instance(2, 1, deleting, stalledBy(uninstall), askedAgain), cached: progressing("Deleting"), live: progressing("Deleting")},
		{name: "deprovision at work", token: tok(verbDeprovision, 1), object: instance(1, 1, deleting), cached: progressing("Deleting"), live: progressing("Deleting")},
		{name: "deprovision, not deleting", token: tok(verbDeprovision, 1), object: instance(1, 1, installed), live: failDelete("the service instance is not being deleted", true)},
		{name: "deprovision, absent", token: tok(verbDeprovision, 1), live: succeeded},
		{name: "deprovision, another object", token: token{verbDeprovision, other, 1}.String(), object: instance(1, 0), live: succeeded},

		{name: "none, deleting", object: instance(1, 1, deleting), cached: progressing("Deleting"), live: progressing("Deleting")},
		{name: "none, deletion stalled", object: instance(1, 1, deleting, stalledBy(uninstall)), live: failDelete("because of "+uninstall, false)},
		{name: "none, provisioned", object: instance(1, 1), live: succeeded},
		{name: "none, provisioning", object: instance(1, 0), cached: progressing("Creating"), live: progressing("Creating")},
		{name: "none, provision failed", object: instance(1, 0, stalledBy(install)), live: fail("because of " + install)},
		{name: "none, update failed", object: instance(2, 1, updated, installed, stalledBy(inputsWrong)), live: failUpdate("because of "+inputsWrong, true, false)},
		{name: "a plain word, updating", token: "update", object: instance(2, 1, updated), cached: progressing("Updating"), live: progressing("Updating")},
		{name: "a plain word, deleting", token: "deprovision", object: instance(2, 1, updated, deleting), cached: progressing("Deleting"), live: progressing("Deleting")},
		{name: "unparsable, provisioned", token: "deprovision." + uid + ".x", object: instance(1, 1), live: succeeded},
		{name: "the token of a binding", token: tok(verbBind, 1), object: instance(1, 1), live: succeeded},
		{name: "none, absent", token: "provision"},
		{name: "none, absent and seen departing", live: succeeded, departed: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			op, err := operationState(sight{deployment: row.object}, row.token)
			if row.cached == nil {
				g.Expect(err).To(MatchError(errLookCloser))
			} else {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(op).To(Equal(row.cached))
			}
			op, err = operationState(sight{deployment: row.object, live: true, departed: row.departed}, row.token)
			if row.live == nil {
				g.Expect(err).To(MatchError(ErrNotFound))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(op).To(Equal(row.live))
		})
	}
}

// What the cache says holds only if it may lag behind any number of changes: for a numbered operation it never says anything
// final but that it succeeded.
func TestTheCacheSaysNothingThatMayChange(t *testing.T) {
	g := NewWithT(t)
	for _, object := range []*v1alpha1.CloudifyDeployment{nil, instance(1, 0), instance(2, 1), instance(1, 0, stalledBy("X")), instance(1, 1, deleting), instance(1, 1, deleting, stalledBy("X"))} {
		for _, token := range []string{"", "provision", tok(verbProvision, 1), tok(verbUpdate, 2), tok(verbDeprovision, 1), tok(verbDeprovision, 2), token{verbProvision, types.UID(other), 1}.String()} {
			op, err := operationState(sight{deployment: object}, token)
			if err != nil {
				g.Expect(err).To(MatchError(errLookCloser))
				continue
			}
			final := op.State == osb.Succeeded && object.Status.Applied != nil && token == tok(verbProvision, 1)
			g.Expect(op.State == osb.InProgress || final).To(BeTrue(), "%s of %+v", token, object)
		}
	}
}
