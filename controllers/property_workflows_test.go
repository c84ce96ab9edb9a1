// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"math/rand/v2"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// workflow is a CloudifyExecution of a sequence. Each gives a parameter that no other gives, so that what was started for it is found
// at the Manager, whatever its status says.
type workflow struct {
	object *v1alpha1.CloudifyExecution
	of     *v1alpha1.CloudifyDeployment
	mark   string
	// started are the executions that it became, by their IDs.
	started map[string]bool
}

// markParameter tells the executions of a sequence apart.
const markParameter = "operation_kwargs"

// runWorkflow creates a CloudifyExecution.
func (q *sequence) runWorkflow(at *slot, r *rand.Rand) string {
	if at.object == nil {
		return "nobody is " + at.name + ": no workflow is to run"
	}
	w := &workflow{of: at.object, mark: fmt.Sprintf("workflow-%d", len(q.workflows)), started: map[string]bool{}}
	w.object = q.execution(w.mark, "execute_operation", map[string]any{
		"operation": "cloudify.interfaces.lifecycle.start", markParameter: map[string]any{"mark": w.mark},
	})
	w.object.Spec.DeploymentRef.Name = at.name
	w.object.Spec.Cancel = r.IntN(10) == 0
	q.create(w.object)
	q.workflows = append(q.workflows, w)
	return fmt.Sprintf("%s: %s is to run", at.name, w.mark)
}

// someWorkflow is one of the CloudifyExecutions, rather a late one; nil where there are none.
func (q *sequence) someWorkflow(r *rand.Rand) *workflow {
	if len(q.workflows) == 0 {
		return nil
	}
	return q.workflows[len(q.workflows)-1-r.IntN(min(3, len(q.workflows)))]
}

func (q *sequence) cancelWorkflow(_ *slot, r *rand.Rand) string {
	w := q.someWorkflow(r)
	if w == nil {
		return "there is no workflow to cancel"
	}
	q.edit(w.object, func() { w.object.Spec.Cancel = true })
	return w.mark + " is to be cancelled"
}

func (q *sequence) deleteWorkflow(_ *slot, r *rand.Rand) string {
	w := q.someWorkflow(r)
	if w == nil {
		return "there is no workflow to delete"
	}
	q.Expect(client.IgnoreNotFound(env.Client.Delete(q.t.Context(), w.object))).To(Succeed())
	return w.mark + " is deleted"
}

// collectWorkflows deletes the CloudifyExecutions of a deployment that is gone, as the garbage collector does.
func (q *sequence) collectWorkflows(owner types.UID) {
	q.t.Helper()
	for _, w := range q.workflows {
		if w.of.UID == owner {
			q.Expect(client.IgnoreNotFound(env.Client.Delete(q.t.Context(), w.object))).To(Succeed())
		}
	}
}

// unfinished tells which CloudifyExecutions have not come to an end.
func (q *sequence) unfinished() (why []string) {
	q.t.Helper()
	for _, w := range q.workflows {
		switch there := q.exists(w.object); {
		case there && !w.object.DeletionTimestamp.IsZero():
			why = append(why, "being deleted: "+testenv.Describe(w.object))
		case there && !w.object.IsFinished():
			why = append(why, testenv.Describe(w.object))
		}
	}
	return why
}

// honest are the ends of a workflow that is not known to have succeeded.
var honest = []string{
	v1alpha1.ReasonExecutionCancelled, v1alpha1.ReasonExecutionFailed, v1alpha1.ReasonExecutionAmbiguous, v1alpha1.ReasonExecutionLost,
	v1alpha1.ReasonWorkflowUnavailable, v1alpha1.ReasonManagerRefused,
}

// noteWorkflows notes which executions were started of each, for they go with their deployment. A start that the Manager refused
// leaves one that never ran.
func (q *sequence) noteWorkflows() {
	for _, e := range q.sim.Executions("") {
		given, _ := e.Parameters[markParameter].(map[string]any)
		refused := e.Status == "failed" && e.Started.IsZero()
		for _, w := range q.workflows {
			if given["mark"] == w.mark && !refused {
				w.started[e.ID] = true
			}
		}
	}
}

// checkWorkflows makes sure that none was started twice, and that each says what became of it.
func (q *sequence) checkWorkflows() {
	q.t.Helper()
	q.noteWorkflows()
	for _, w := range q.workflows {
		q.Expect(len(w.started)).To(BeNumerically("<=", 1), "%s was started more than once: %v", w.mark, w.started)
		switch {
		case !q.exists(w.object):
		case w.object.IsReady():
			q.Expect(w.started).To(Or(BeEmpty(), HaveKey(w.object.Status.Execution.ID)), testenv.Describe(w.object))
		default:
			ready := meta.FindStatusCondition(w.object.Status.Conditions, v1alpha1.ReadyCondition)
			q.Expect(ready.Reason).To(BeElementOf(honest), testenv.Describe(w.object))
		}
	}
}
