// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// repeated is a workflow that every deployment has, and does something each time it runs.
const repeated = "execute_operation"

// onceAnnounced is a look at the Manager after the status said that a workflow is started next, and before that is asked for.
func onceAnnounced(s *story) moment {
	return moment{route: "GET executions", when: func() bool {
		e, err := s.execution()
		return err == nil && e.Status.Start != nil && e.Status.Execution == nil && s.starts() == 1
	}}
}

func (s *story) execution() (*v1alpha1.CloudifyExecution, error) {
	e := &v1alpha1.CloudifyExecution{}
	return e, env.Client.Get(s.t.Context(), client.ObjectKey{Namespace: s.Name, Name: "again"}, e)
}

// The operator is killed at each point of the start of a workflow. It runs once: where nobody can tell whether the request is still on
// its way, the next operator waits until it no longer can be.
func TestKilledWhileAWorkflowStarts(t *testing.T) {
	t.Parallel() // most of it is waiting, for as long as a request may take to arrive
	o := startOperator(t)
	t.Run("rows", func(t *testing.T) {
		for _, row := range []struct {
			name string
			at   func(*story) moment
			// lost: the first request does not get there. held: the workflow goes on once the operator was killed.
			lost, held bool
		}{
			{"announced", onceAnnounced, true, false},
			{"not arrived", onRequest("POST executions"), true, false},
			{"arrived", onAnswer("POST executions"), false, false},
			{"running", whileRuns(repeated), false, true},
		} {
			t.Run(row.name, func(t *testing.T) {
				s := newStory(t, o)
				s.create(s.shop())
				d := s.awaitReady()
				goOn := func() {}
				if row.held {
					goOn = s.manager.HoldMessage(repeated)
				}
				sprung := s.door.lay(row.at(s), func() { s.operator.kill(nil) })
				s.Expect(env.Client.Create(t.Context(), &v1alpha1.CloudifyExecution{
					ObjectMeta: metav1.ObjectMeta{Namespace: s.Name, Name: "again"},
					Spec: v1alpha1.CloudifyExecutionSpec{
						DeploymentRef: v1alpha1.LocalObjectReference{Name: "shop"}, Workflow: repeated,
						Parameters: map[string]v1alpha1.JSON{"operation": testenv.JSON("cloudify.interfaces.lifecycle.start")},
					},
				})).To(Succeed())
				s.Eventually(sprung).Should(BeClosed(), "the moment never came")
				goOn()
				if row.lost {
					s.Eventually(s.execution).Should(testenv.BeWaiting(v1alpha1.ReasonStarting, "it may still arrive"))
					s.Expect(s.executions(d.Status.DeploymentID, repeated)).To(BeEmpty())
				}
				t.Parallel() // from here on nobody kills the operator: a row that starts again would have to wait once more
				s.Eventually(s.execution).WithTimeout(5 * time.Minute).Should(testenv.BeReady())
				s.Expect(s.executions(d.Status.DeploymentID, repeated)).To(HaveLen(1))
				s.Expect(s.starts()).To(Equal(2), "an install and this")
				s.Expect(s.manager.MaxConcurrentExecutions(d.Status.DeploymentID)).To(Equal(1))
				s.deleteAll()
				s.awaitGone()
			})
		}
	})
}
