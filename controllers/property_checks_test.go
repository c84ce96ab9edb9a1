// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

const (
	// recovery is how long everything may take to come to rest once it is left alone, recoveryTries how often an object
	// may need a retry until then.
	recovery, recoveryTries = 2 * time.Minute, 8
	// reaction is how long people look at what is stalled before they do something about it.
	reaction = time.Second
)

// settle ends all trouble, and waits until everything is at rest.
func (q *sequence) settle() {
	q.t.Helper()
	q.sim.Heal()
	if q.halted > 0 {
		q.Expect(q.operator.start()).To(Succeed())
	}
	q.halted, q.down = 0, 0
	for _, at := range q.slots {
		q.editSlot(at, "", func(d *v1alpha1.CloudifyDeployment) {
			d.Spec.Paused, d.Spec.UpdatePolicy = false, v1alpha1.UpdatePolicyAutomatic
		})
	}
	q.edit(q.manager, func() { request(q.manager) })
	began := time.Now()
	q.Eventually(q.tending).WithTimeout(recovery).Should(BeEmpty(), "everything should come to rest")
	q.t.Logf("at rest after %s", time.Since(began).Round(time.Second/10))
}

// tending tells what is not at rest, and does what people are advised to do about it.
func (q *sequence) tending() []string {
	unrest := q.unrest()
	if q.blueprint.IsStalled() {
		q.edit(q.blueprint, func() { request(q.blueprint) })
	}
	for _, at := range q.slots {
		d := at.object
		if d == nil || !d.IsStalled() || time.Since(at.asked) < reaction {
			continue
		}
		at.asked = time.Now()
		at.tries++
		q.Expect(at.tries).To(BeNumerically("<=", recoveryTries), func() string { return "asked in vain: " + testenv.Describe(d) })
		q.edit(d, func() {
			switch testenv.Condition(d, v1alpha1.ReadyCondition).Reason {
			case v1alpha1.ReasonInvalidInputs:
				delete(d.Spec.Inputs, "port")
			case v1alpha1.ReasonUnknownRevision:
				d.Spec.Revision, at.kept = nil, ""
			default:
				request(d)
			}
		})
	}
	return unrest
}

// unrest tells what is not as it is wanted, or still at work. What others follow is read before them: an object may be Ready
// until it has seen the revision that has just come.
func (q *sequence) unrest() (why []string) {
	q.t.Helper()
	q.tend()
	if q.fetch(q.blueprint); !q.blueprint.IsReady() {
		why = append(why, testenv.Describe(q.blueprint))
	}
	why = append(why, q.running()...)
	var ours []string
	for _, at := range q.slots {
		if at.object == nil {
			continue
		}
		ours = append(ours, remoteID(at.object))
		switch d := at.object; {
		case !q.exists(d):
			why = append(why, at.name+" is gone")
		case !d.DeletionTimestamp.IsZero():
			why = append(why, "being deleted: "+testenv.Describe(d))
		case !d.IsReady():
			why = append(why, testenv.Describe(d))
		default:
			why = append(why, q.differences(at)...)
		}
	}
	for _, remote := range q.sim.Deployments() {
		if !slices.Contains(ours, remote.ID) {
			why = append(why, "the Manager has "+remote.ID+", which is nobody's")
		}
	}
	return slices.Concat(why, q.strayRevisions(), q.unfinished(), q.running())
}

// running tells which executions run.
func (q *sequence) running() (why []string) {
	for _, e := range q.sim.Executions("") {
		if e.Active() {
			why = append(why, "an execution runs: "+e.Workflow+" of "+e.DeploymentID)
		}
	}
	return why
}

// strayRevisions compares the revisions at the Manager with those of the status: the newest three, and those in use. One
// that was never uploaded, because the content changed again before, need not be there.
func (q *sequence) strayRevisions() (why []string) {
	known := map[string]bool{}
	for i, revision := range q.blueprint.Status.Revisions {
		known[revision.BlueprintID] = true
		if _, there := q.sim.Blueprint(revision.BlueprintID); !there && revision.UploadedAt != nil {
			why = append(why, "the Manager has lost revision "+revision.BlueprintID)
		}
		if i >= 3 && revision.Deployments == 0 {
			why = append(why, "nobody has revision "+revision.BlueprintID)
		}
	}
	for _, b := range q.sim.Blueprints() {
		if !known[b.ID] {
			why = append(why, "the Manager has "+b.ID+", which is no revision")
		}
	}
	return why
}

// differences tells in what the deployment at the Manager is not what its object asks for.
func (q *sequence) differences(at *slot) (why []string) {
	q.t.Helper()
	d := at.object
	remote, found := q.sim.Deployment(remoteID(d))
	if !found {
		return []string{at.name + " is not at the Manager"}
	}
	say := func(format string, args ...any) { why = append(why, at.name+": "+fmt.Sprintf(format, args...)) }
	if !remote.Installed() {
		say("not every node instance is started: %+v", remote.Instances)
	}
	if wanted, has := plainly(q.wantedInputs(at, remote)), plainly(remote.Inputs); !reflect.DeepEqual(wanted, has) {
		say("inputs should be %v, are %v", wanted, has)
	}
	if wanted := q.wantedRevision(at); wanted != "" && remote.BlueprintID != wanted {
		say("revision should be %s, is %s", wanted, remote.BlueprintID)
	}
	for _, e := range q.sim.Executions(remote.ID) {
		if at.kept != "" && !at.moved && e.BlueprintID != at.kept {
			say("%s was of revision %s, though nobody asked for another than %s", e.Workflow, e.BlueprintID, at.kept)
		}
	}
	if d.Spec.DisplayName != "" && remote.DisplayName != d.Spec.DisplayName {
		say("display name should be %s, is %s", d.Spec.DisplayName, remote.DisplayName)
	}
	for key, value := range d.Spec.Labels {
		if !slices.Equal(remote.Labels[key], []string{string(value)}) {
			say("label %s should be %s, is %v", key, value, remote.Labels[key])
		}
	}
	if wanted, has := q.wantedOutputs(remote), q.outputs(d); !maps.Equal(wanted, has) {
		say("outputs should be %v, are %v", wanted, has)
	}
	return why
}

// wantedInputs are those of the spec and of the Secret, on top of the defaults of the revision.
func (q *sequence) wantedInputs(at *slot, remote simulator.Deployment) map[string]any {
	b, _ := q.sim.Blueprint(remote.BlueprintID)
	var version int
	_, err := fmt.Sscanf(b.Description, "version %d", &version)
	q.Expect(err).NotTo(HaveOccurred())
	wanted := map[string]any{
		"port": 8080 + version, "size": "small", "options": map[string]any{}, "password": string(at.secret()["password"]),
		"install_seconds": 0, "uninstall_seconds": 0, "fail_start": "", "fail_stop": "",
	}
	for name, value := range at.object.Spec.Inputs {
		wanted[name] = json.RawMessage(value.Raw)
	}
	return wanted
}

// wantedRevision is the one that the spec names, the newest, or the one that is kept; "" where it could be any.
func (q *sequence) wantedRevision(at *slot) string {
	switch selection := at.object.Spec.Revision; {
	case at.object.FollowsLatest():
		return q.blueprint.Status.BlueprintID
	case selection != nil && selection.BlueprintID != "":
		return selection.BlueprintID
	default:
		return at.kept
	}
}

// wantedOutputs are the capabilities and outputs that the deployment has.
func (q *sequence) wantedOutputs(remote simulator.Deployment) map[string]string {
	wanted := map[string]string{"name": fmt.Sprint(remote.Inputs["name"])}
	for _, instance := range remote.Instances {
		if url, ok := instance.RuntimeProperties["url"].(string); ok {
			wanted["url"] = url
		}
	}
	return wanted
}

// outputs are what the outputs Secret has.
func (q *sequence) outputs(d *v1alpha1.CloudifyDeployment) map[string]string {
	var secret corev1.Secret
	err := env.Client.Get(q.t.Context(), types.NamespacedName{Namespace: q.name, Name: d.OutputsSecretName()}, &secret)
	q.Expect(client.IgnoreNotFound(err)).To(Succeed())
	outputs := map[string]string{}
	for key, value := range secret.Data {
		outputs[key] = string(value)
	}
	return outputs
}

// check makes sure that rest is rest, and that nothing went wrong on the way to it.
func (q *sequence) check() {
	q.t.Helper()
	before := q.sim.Changes()
	q.listsPass(2)
	q.Expect(q.unrest()).To(BeEmpty(), "it should stay at rest")
	q.Expect(q.sim.Changes()).To(Equal(before), "what is at rest is left alone")
	q.Expect(q.blueprint.Status.BlueprintID).NotTo(BeEmpty())
	b, _ := q.sim.Blueprint(q.blueprint.Status.BlueprintID)
	q.Expect(b.Description).To(Equal(fmt.Sprintf("version %d", q.version)), "the newest revision has the newest content")
	q.checkExecutions()
	q.Expect(q.witness.said()).To(BeEmpty())

	var events eventsv1.EventList
	q.Expect(env.Client.List(q.t.Context(), &events, client.InNamespace(q.name))).To(Succeed())
	q.Expect(events.Items).NotTo(BeEmpty())
	for _, event := range events.Items {
		q.Expect(event.Note).NotTo(ContainSubstring(hidden), "no event should tell a secret")
	}
}

// checkExecutions makes sure that the Manager never ran two executions at once on a deployment, including those that are gone.
func (q *sequence) checkExecutions() {
	q.t.Helper()
	for _, at := range q.slots {
		for _, id := range at.ever {
			if most := q.sim.MaxConcurrentExecutions(id); most > 1 && !q.excused(id) {
				q.Expect(most).To(Equal(1), "executions of %s %s at once", at.name, id)
			}
		}
	}
	q.checkWorkflows()
}

// leave deletes everything, and checks that nothing is left.
func (q *sequence) leave() {
	q.t.Helper()
	for _, at := range q.slots {
		at.wanted = false
		q.remove(at)
	}
	q.delete(q.blueprint)
	q.gone(q.blueprint)
	for _, at := range q.slots {
		if at.object != nil {
			q.collectWorkflows(at.object.UID)
		}
	}
	for _, w := range q.workflows {
		q.gone(w.object)
	}
	q.Expect(q.sim.Deployments()).To(BeEmpty())
	q.Expect(q.sim.Blueprints()).To(BeEmpty())
	q.checkExecutions()
	q.delete(q.manager)
	q.gone(q.manager)
	q.Expect(q.witness.said()).To(BeEmpty())
}
