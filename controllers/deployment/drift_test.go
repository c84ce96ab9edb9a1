// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// taking is the step that act took.
func taking(taken step) option { return func(s *scope) { s.decision.step = taken } }

// counts are the Manager's own of instances that are not as they should be.
func counts(drifted, unavailable int) option {
	return func(s *scope) { s.history.remote.Drifted, s.history.remote.Unavailable = drifted, unavailable }
}

func TestSetDrifted(t *testing.T) {
	installed := deployed("active", run(workflowInstall, "terminated", ask))
	before := told(v1alpha1.DriftedCondition, "True")
	for _, row := range []struct {
		name      string
		scope     *scope
		end       error
		condition string
		words     string
	}{
		{"none", cellar(installed), nil, "False/NotDrifted", "counts no drifted"},
		{"none any more", cellar(installed, before), nil, "False/NotDrifted", ""},
		{"drifted", cellar(installed, counts(2, 0)), nil, "True/InstancesDrifted", "2 drifted and 0 unavailable node instances: the heal workflow may"},
		{"unavailable", cellar(installed, counts(0, 1)), nil, "True/InstancesDrifted", "0 drifted and 1 unavailable node instances"},
		{"both", cellar(installed, counts(1, 3)), nil, "True/InstancesDrifted", "1 drifted and 3 unavailable node instances"},
		{"in the first release that counts", cellar(inRelease(6, 4), installed, counts(1, 0)), nil, "True/InstancesDrifted", ""},
		{"in a release that does not count", cellar(inRelease(6, 3), installed, counts(1, 0), before), nil, "", ""},
		{"not installed, where all count as unavailable", cellar(deployed("inactive"), counts(0, 2), before), nil, "", ""},
		{"uninstalled", cellar(deployed("inactive", run(workflowUninstall, "terminated"), run(workflowInstall, "terminated", ask)), counts(0, 2), before), nil, "", ""},
		{"create failed", cellar(created("active", creation("failed", nil)), counts(1, 0), before), nil, "", ""},
		{"while an install of ours runs", cellar(deployed("inactive", run(workflowInstall, "started", ask)), counts(0, 2)), outcome.Wait("Installing", ""), "False/Installing", "workflow install is still running"},
		{"while an update runs", cellar(deployed("active", run(workflowUpdate, "started"), run(workflowInstall, "terminated", ask)), counts(0, 2), before), outcome.Wait("Updating", ""), "False/Updating", ""},
		{"while an uninstall of ours runs", cellar(deleting, deployed("inactive", run(workflowUninstall, "started", ask), run(workflowInstall, "terminated", ask)), counts(0, 2), before), outcome.Wait("Uninstalling", ""), "False/Uninstalling", ""},
		{"once an update was started", cellar(installed, counts(0, 1), taking(stepUpdate)), outcome.Wait("Updating", ""), "False/Updating", ""},
		{"an update that waits for others", cellar(installed, counts(0, 1), taking(stepUpdate)), outcome.Wait("DependentsExist", ""), "True/InstancesDrifted", ""},
		{"an update that is refused", cellar(installed, counts(0, 1), taking(stepUpdate)), outcome.Stall("UpdateUnsupported", ""), "True/InstancesDrifted", ""},
		{"while somebody heals", cellar(deployed("active", run("heal", "started"), run(workflowInstall, "terminated", ask)), counts(1, 0)), outcome.Wait("ExecutionRunning", ""), "True/InstancesDrifted", ""},
		{"while an install of ours runs in a release that does not count", cellar(inRelease(6, 3), deployed("inactive", run(workflowInstall, "started", ask)), before), outcome.Wait("Installing", ""), "", ""},
		{"not there", cellar(before), nil, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			row.scope.setDrifted(outcome.Classify(row.end))
			condition, message := shown(row.scope, v1alpha1.DriftedCondition)
			g.Expect(condition).To(Equal(row.condition))
			g.Expect(message).To(ContainSubstring(row.words))
		})
	}
}

// lists is a Manager of which only the list of deployments says something.
type lists struct {
	mu  sync.Mutex
	row cloudify.Deployment
}

func (l *lists) say(row cloudify.Deployment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.row = row
}

func (l *lists) ListDeployments(context.Context, cloudify.DeploymentFilter) ([]cloudify.Deployment, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return []cloudify.Deployment{l.row}, nil
}

func (*lists) ListExecutions(context.Context, cloudify.ExecutionFilter) ([]cloudify.Execution, error) {
	return nil, nil
}

func (*lists) ListBlueprints(context.Context, cloudify.BlueprintFilter) ([]cloudify.Blueprint, error) {
	return nil, nil
}

// The counts of an idle deployment follow the list; nothing else is asked of the Manager for that.
func TestDriftFollowsTheList(t *testing.T) {
	g := NewWithT(t)
	s := cellar(from(nodecellar()), deployed("active", run(workflowInstall, "terminated", ask)), status(nil, "True", "True"))
	r, manager := newReconciler(t), &lists{row: *s.history.remote}
	r.Watcher = watch.New(watch.Options{List: 10 * time.Millisecond})
	r.Watcher.Track("default", id, s.key, true)
	r.Watcher.Open("default", manager)
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error)
	go func() { stopped <- r.Watcher.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		g.Expect(<-stopped).To(Succeed())
	})
	drifted := func() string {
		again := newScope(s.deployment.DeepCopy(), "cluster")
		again.manager, again.history.release, again.blueprint = s.manager, s.history.release, s.blueprint
		g.Expect(outcome.Classify(r.observe(t.Context(), again)).Kind).To(Equal(outcome.Unchanged))
		s.deployment = again.deployment
		if c := meta.FindStatusCondition(again.deployment.Status.Conditions, v1alpha1.DriftedCondition); c != nil {
			return string(c.Status) + " " + c.Message
		}
		return ""
	}
	g.Eventually(drifted).Should(HavePrefix("False"))
	row := *s.history.remote
	row.Drifted, row.Unavailable = 1, 2
	manager.say(row)
	g.Eventually(drifted).Should(ContainSubstring("True the Manager counts 1 drifted and 2 unavailable node instances"))
	manager.say(*s.history.remote)
	g.Eventually(drifted).Should(HavePrefix("False"))
}
