// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// inputs are those of the spec of instance x, as JSON.
func (w *world) inputs() string {
	w.t.Helper()
	given := map[string]json.RawMessage{}
	for name, value := range w.object("x").Spec.Inputs {
		given[name] = value.Raw
	}
	return text(w.t, given)
}

// updates sends a PATCH that must be accepted, and returns its token.
func (w *world) updates(r *osb.UpdateRequest) string {
	w.t.Helper()
	answer, err := w.Update(w.t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	return answer.Operation
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "free", `{"region":"east","server":{"a":1,"b":2}}`)

	operation := w.updates(w.patch("x", "", `{"server":{"a":null},"size":2}`))
	w.Expect(operation).To(Equal(token("update", d, 2)))
	w.Expect(w.inputs()).To(MatchJSON(`{"region":"east","server":{"a":null},"size":2}`))
	w.Expect(w.object("x").Generation).To(BeNumerically(">", d.Generation))
	w.Expect(w.poll("x", operation).State).To(Equal(osb.InProgress))
	w.Expect(w.poll("x", token("provision", d, 1)).State).To(Equal(osb.Succeeded))
	_, err := w.Instance(t.Context(), "x")
	w.Expect(err).To(MatchError(service.ErrBusy))

	w.Expect(w.updates(w.patch("x", "", `{"size":2}`))).To(Equal(operation), "the same, running")
	_, err = w.Update(t.Context(), w.patch("x", "", `{"size":3}`))
	w.Expect(err).To(MatchError(service.ErrBusy), "another one, running")

	w.applies("x")
	w.Expect(w.poll("x", operation)).To(Equal(&osb.LastOperation{State: osb.Succeeded}))
	w.Expect(w.updates(w.patch("x", "", `{"size":2,"region":"east"}`))).To(BeEmpty(), "applied")
	w.Expect(w.updates(w.patch("x", "free", ``))).To(BeEmpty())

	w.updates(w.patch("x", "", `{"region":null}`))
	w.Expect(w.inputs()).To(MatchJSON(`{"server":{"a":null},"size":2}`))
	w.Expect(w.object("x").Spec.OSB.Parameters).To(HaveLen(2))
}

// service-catalog sends neither plan nor parameters where all parameters were cleared, and Korifi sends context alone.
func TestUpdateOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "free", `{"region":"east"}`)
	r := w.patch("x", "", ``)
	r.Context = json.RawMessage(`{"platform":"kubernetes","instance_name":"renamed"}`)
	r.Identity = &osb.Identity{Platform: "kubernetes", Value: json.RawMessage(`{"username":"somebody"}`)}
	answer, err := w.Update(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(answer.Operation).To(BeEmpty())
	now := w.object("x")
	w.Expect(now.Generation).To(Equal(d.Generation))
	w.Expect(now.Annotations).To(HaveKeyWithValue(v1alpha1.OSBContextAnnotation, string(r.Context)))
	w.Expect(now.Annotations).To(HaveKeyWithValue(v1alpha1.OSBIdentityAnnotation, `kubernetes {"username":"somebody"}`))

	w.updates(w.patch("x", "", `{"size":2}`))
	w.Expect(w.updates(r)).To(Equal(token("update", d, 2)), "an update runs")
}

func TestUpdateReplacesForKubernetes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", `{"region":"east","size":2,"password":"s3cret-a"}`)
	w.edit(func(d *v1alpha1.CloudifyDeployment) {
		d.Spec.Inputs["server"] = testenv.JSON(map[string]any{"by": "hand"})
		d.Spec.Inputs["size"] = testenv.JSON(4)
	})
	w.applies("x")
	r := w.patch("x", "", `{"region":"west"}`)
	r.Context = json.RawMessage(`{"platform":"kubernetes"}`)
	w.updates(r)
	w.Expect(w.inputs()).To(MatchJSON(`{"region":"west","server":{"by":"hand"}}`))
	w.Expect(w.secrets()).To(BeEmpty())
	w.Expect(w.object("x").Spec.InputsFrom).To(BeEmpty())
	w.applies("x")
	w.Expect(w.updates(r)).To(BeEmpty())
	r.Parameters = map[string]json.RawMessage{}
	w.updates(r)
	w.Expect(w.inputs()).To(MatchJSON(`{"server":{"by":"hand"}}`))
}

// What people change by kubectl between two requests stays, unless the platform names it.
func TestUpdateAfterKubectl(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", `{"region":"east","size":2}`)
	w.edit(func(d *v1alpha1.CloudifyDeployment) { d.Spec.Inputs["size"] = testenv.JSON(4) })
	w.Expect(w.updates(w.patch("x", "", `{"region":"east"}`))).To(BeEmpty())
	w.updates(w.patch("x", "", `{"region":"west"}`))
	w.Expect(w.inputs()).To(MatchJSON(`{"region":"west","size":4}`))
	operation := w.updatesNext(w.patch("x", "", `{"size":2}`))
	w.Expect(w.inputs()).To(MatchJSON(`{"region":"west","size":2}`))
	w.applies("x")
	w.Expect(w.poll("x", operation).State).To(Equal(osb.Succeeded))
}

// A plan that people chose by kubectl stays too, until the platform asks for another than it asked for before.
func TestUpdateAfterKubectlChoseAPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", `{"region":"east"}`)
	w.edit(func(d *v1alpha1.CloudifyDeployment) { d.Spec.Plan = "large" })
	w.applies("x")
	w.updates(w.patch("x", "", `{"region":"west"}`))
	w.Expect(w.object("x").Spec.Plan).To(Equal("large"))
	w.updatesNext(w.patch("x", "free", `{"region":"east"}`)) // Cloud Foundry names the plan each time
	w.Expect(w.object("x").Spec.Plan).To(Equal("large"))
	_, err := w.Update(t.Context(), w.patch("x", "", `{"size":2}`))
	w.Expect(err).To(HaveOccurred(), "the plan fixes it")
	w.updatesNext(w.patch("x", "small", ``))
	w.Expect(w.object("x").Spec.Plan).To(Equal("small"))
	w.Expect(w.inputs()).To(MatchJSON(`{"region":"east"}`))
}

// updatesNext lets the update before it succeed.
func (w *world) updatesNext(r *osb.UpdateRequest) string {
	w.t.Helper()
	w.applies(r.InstanceID)
	return w.updates(r)
}

func TestUpdateOfThePlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "small", `{"region":"east"}`)
	operation := w.updates(w.patch("x", "large", ``))
	now := w.object("x")
	w.Expect([]string{now.Spec.Plan, now.Spec.OSB.PlanID, now.Spec.OSB.MaintenanceVersion}).To(Equal([]string{"large", w.plan("large"), "1.0.0"}))
	w.Expect(w.inputs()).To(MatchJSON(`{"region":"east"}`))
	w.applies("x")
	w.Expect(w.poll("x", operation).State).To(Equal(osb.Succeeded))

	// There and back.
	back := w.updates(w.patch("x", "small", ``))
	w.Expect(back).To(Equal(token("update", d, 3)))
	w.Expect(w.poll("x", operation).State).To(Equal(osb.Succeeded))
	w.Expect(w.poll("x", back).State).To(Equal(osb.InProgress))
}

func TestUpdateAfterAFailedChangeOfPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "small", `{"region":"east"}`)
	failed := w.updates(w.patch("x", "large", `{"region":"west"}`))
	w.stalls(v1alpha1.ReasonUpdateFailed)
	w.Expect(w.poll("x", failed)).To(Equal(&osb.LastOperation{
		State: osb.Failed, Description: "because of UpdateFailed", InstanceUsable: new(true), UpdateRepeatable: new(true)}))
	shown, err := w.Instance(t.Context(), "x")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(shown.PlanID).To(Equal(w.plan("small")), "so the platform sees it")

	w.Expect(w.updates(w.patch("x", "large", `{"region":"west"}`))).To(Equal(failed), "the failure is told first")
	w.passes(30 * time.Second)
	again := w.updates(w.patch("x", "large", `{"region":"west"}`))
	w.Expect(again).To(Equal(token("update", d, 3)), "the same once more")
	w.Expect(w.object("x").Spec.Plan).To(Equal("large"))
	w.Expect(w.poll("x", failed).State).To(Equal(osb.Failed))
	w.stalls(v1alpha1.ReasonUpdateFailed)

	mended := w.updates(w.patch("x", "", `{"server":{}}`))
	now := w.object("x")
	w.Expect([]string{now.Spec.Plan, now.Spec.OSB.PlanID}).To(Equal([]string{"small", w.plan("small")}), "the plan that the platform has")
	w.Expect(w.inputs()).To(MatchJSON(`{"region":"west","server":{}}`))
	w.applies("x")
	w.Expect(w.poll("x", mended).State).To(Equal(osb.Succeeded))
	w.Expect(w.poll("x", failed).State).To(Equal(osb.Succeeded), "a later one brought it about")
}

// A platform that takes a failed change of plan back sends nothing at all, or the plan it has.
func TestAFailedChangeOfPlanTakenBack(t *testing.T) {
	t.Parallel()
	for _, plan := range []string{"", "small"} {
		t.Run("plan "+plan, func(t *testing.T) {
			w := newWorld(t)
			w.provision("x", "small", ``)
			w.updates(w.patch("x", "large", ``))
			w.stalls(v1alpha1.ReasonUpdateFailed)
			w.Expect(w.updates(w.patch("x", plan, ``))).NotTo(BeEmpty())
			w.Expect(w.object("x").Spec.Plan).To(Equal("small"))
		})
	}
}

func TestUpdateWithWrongInputsIsNotRepeatable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", ``)
	operation := w.updates(w.patch("x", "", `{"region":"west"}`))
	w.stalls(v1alpha1.ReasonInvalidInputs)
	w.Expect(w.poll("x", operation)).To(HaveValue(And(
		HaveField("State", osb.Failed), HaveField("InstanceUsable", HaveValue(BeTrue())), HaveField("UpdateRepeatable", HaveValue(BeFalse())))))
}

func TestUpdateOfMaintenance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "small", ``)
	ask := func(version string) *osb.UpdateRequest {
		r := w.patch("x", "", ``)
		r.MaintenanceInfo = &osb.MaintenanceInfo{Version: version}
		return r
	}
	w.Expect(w.updates(ask("1.0.0"))).To(BeEmpty(), "what it has")
	_, err := w.Update(t.Context(), ask("1.1.0"))
	w.Expect(err).To(MatchError(service.ErrMaintenanceInfo))
	w.authors(func(o *v1alpha1.Offering) { o.Plans[0].MaintenanceInfo.Version = "1.1.0" })
	w.Expect(w.updates(ask("1.0.0"))).To(BeEmpty(), "what it has still")
	w.Expect(w.updates(ask("1.1.0"))).To(Equal(token("update", d, 2)))
	w.Expect(w.object("x").Spec.OSB.MaintenanceVersion).To(Equal("1.1.0"))
	w.applies("x")
	shown, err := w.Instance(t.Context(), "x")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(shown.MaintenanceInfo).To(Equal(&osb.MaintenanceInfo{Version: "1.1.0"}))

	other := w.patch("x", "large", ``)
	other.MaintenanceInfo = &osb.MaintenanceInfo{Version: "1.1.0"}
	_, err = w.Update(t.Context(), other)
	w.Expect(err).To(MatchError(service.ErrMaintenanceInfo), "the new plan has another")
	other.MaintenanceInfo.Version = "2.0.0"
	w.updates(other)
	w.Expect(w.object("x").Spec.OSB.MaintenanceVersion).To(Equal("2.0.0"))
}

func TestUpdateRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", `{"size":3}`)
	sync := w.patch("x", "", ``)
	sync.AcceptsIncomplete = false
	other := w.patch("x", "", ``)
	other.ServiceID = "other"
	for _, row := range []struct {
		name    string
		request *osb.UpdateRequest
		err     error
		reason  string
	}{
		{name: "synchronous, though nothing would change", request: sync, err: service.ErrAsyncRequired},
		{name: "unknown instance", request: w.patch("y", "", ``), err: service.ErrNotFound},
		{name: "another service", request: other, reason: "service_id cannot be changed"},
		{name: "unknown plan", request: w.patch("x", "huge", ``), reason: "plan_id"},
		{name: "parameters against the schema", request: w.patch("x", "", `{"region":"north"}`), reason: "parameter region"},
		{name: "a plan that fixes what was set", request: w.patch("x", "large", ``), reason: "plan large fixes parameters that were set before: send null for size"},
		{name: "what the new plan fixes", request: w.patch("x", "large", `{"size":3}`), reason: `parameter "size" is fixed by plan large`},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := w.object("x").ResourceVersion
			_, err := w.Update(t.Context(), row.request)
			var invalid *service.InvalidError
			if row.err != nil {
				w.Expect(err).To(MatchError(row.err))
			} else {
				w.Expect(errors.As(err, &invalid)).To(BeTrue(), "%v", err)
				w.Expect(invalid.Reason).To(ContainSubstring(row.reason))
			}
			w.Expect(w.object("x").ResourceVersion).To(Equal(before))
		})
	}
	w.updates(w.patch("x", "large", `{"size":null}`))
	w.Expect(w.inputs()).To(MatchJSON(`{}`))
}

func TestUpdateNeedsAProvisionedInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	_, err = w.Update(t.Context(), w.patch("x", "", `{"size":1}`))
	w.Expect(err).To(MatchError(service.ErrBusy), "provisioning")
	w.stalls(v1alpha1.ReasonInstallFailed)
	_, err = w.Update(t.Context(), w.patch("x", "", `{"size":1}`))
	w.Expect(err).To(MatchError("the service instance could not be created: because of InstallFailed"))
	w.applies("x")
	_, err = w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	_, err = w.Update(t.Context(), w.patch("x", "", `{"size":1}`))
	w.Expect(err).To(MatchError(service.ErrBusy), "deleting")
}

// A replay of a PATCH rests on what was asked for, not on a catalog that has moved on.
func TestUpdateOfAPlanThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "free", ``)
	w.updates(w.patch("x", "small", `{"region":"east"}`))
	w.authors(func(o *v1alpha1.Offering) { o.Plans = o.Plans[2:] })
	w.Expect(w.updates(w.patch("x", "small", `{"region":"east"}`))).To(Equal(token("update", d, 2)))
}

func TestUpdateOfSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", `{"password":"s3cret-a","keys":["s3cret-b"]}`)
	first := w.object("x").Spec.OSB.ParametersSecret
	w.Expect(w.updates(w.patch("x", "", `{"password":"s3cret-a"}`))).To(BeEmpty(), "what it has")

	w.updates(w.patch("x", "", `{"password":"s3cret-c"}`))
	d := w.object("x")
	second := d.Spec.OSB.ParametersSecret
	w.Expect(second).NotTo(Equal(first))
	w.Expect(w.secrets()).To(Equal(map[string]map[string]string{second: {"password": "s3cret-c", "keys": `["s3cret-b"]`}}))
	w.Expect(w.secret(second).OwnerReferences).To(ConsistOf(HaveField("UID", d.UID)))
	w.Expect(d.Spec.InputsFrom).To(HaveEach(HaveField("SecretKeyRef.Name", second)))
	w.Expect(text(t, d)).NotTo(ContainSubstring("s3cret"))

	w.Expect(w.updatesNext(w.patch("x", "", `{"size":1}`))).NotTo(BeEmpty())
	w.Expect(w.object("x").Spec.OSB.ParametersSecret).To(Equal(second), "secrets that stay are not written")
	w.updatesNext(w.patch("x", "", `{"password":null,"keys":null}`))
	w.Expect(w.secrets()).To(BeEmpty())
	w.Expect(w.object("x").Spec.InputsFrom).To(BeEmpty())

	w.updatesNext(w.patch("x", "", `{"password":"s3cret-d","keys":[]}`))
	w.applies("x")
	w.Expect(env.Client.Delete(t.Context(), w.secret(w.object("x").Spec.OSB.ParametersSecret))).To(Succeed())
	_, err := w.Update(t.Context(), w.patch("x", "", `{"password":"s3cret-e"}`))
	w.Expect(err).To(MatchError(ContainSubstring("values of secret parameters are lost")))
	w.updates(w.patch("x", "", `{"password":"s3cret-e","keys":null}`))
	w.Expect(w.secrets()).To(Equal(map[string]map[string]string{w.object("x").Spec.OSB.ParametersSecret: {"password": "s3cret-e"}}))
}

// Many updates at once: each is accepted, found busy, or the same as the accepted one; no Secret is left behind.
func TestParallelUpdates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "free", `{"password":"s3cret"}`)
	var mu sync.Mutex
	accepted := map[int]string{}
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			answer, err := w.Update(t.Context(), w.patch("x", "", fmt.Sprintf(`{"password":"s3cret-%d"}`, i)))
			if err != nil {
				w.Expect(err).To(MatchError(service.ErrBusy))
				return
			}
			mu.Lock()
			defer mu.Unlock()
			accepted[i] = answer.Operation
		})
	}
	all.Wait()
	w.Expect(accepted).To(HaveLen(1))
	for i, operation := range accepted {
		w.Expect(operation).To(Equal(token("update", d, 2)))
		w.Expect(w.secrets()).To(Equal(map[string]map[string]string{w.object("x").Spec.OSB.ParametersSecret: {"password": fmt.Sprintf("s3cret-%d", i)}}))
	}
}
