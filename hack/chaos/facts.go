// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// facts are all that there is at one moment, in the cluster and at the Managers.
type facts struct {
	deployments []v1alpha1.CloudifyDeployment
	blueprints  []v1alpha1.CloudifyBlueprint
	bindings    []v1alpha1.CloudifyBinding
	executions  []v1alpha1.CloudifyExecution
	secrets     []corev1.Secret
	managers    []managerFacts
	// updates says whether the Managers can update a deployment.
	updates bool
	// letGo are the deployments that objects left at a Manager as they were told to.
	letGo map[string]string
	// earlier are the objects of whose name there was an earlier one, or is still something at a Manager.
	earlier map[types.UID]bool
	// excuses say why something may be at a Manager without an object.
	excuses map[string]string
	// outstanding are operations that a platform waits for.
	outstanding []string
}

// managerFacts are those of one Manager.
type managerFacts struct {
	name        string
	deployments []simulator.Deployment
	executions  map[string][]simulator.Execution
	blueprints  []simulator.Blueprint
	// reported are the orphans that its CloudifyManager names, count how many it says there are.
	reported []string
	count    int
	// refused are the deployments whose creation it refused.
	refused map[string]bool
	ready   bool
	state   string
}

// gather reads all facts. What others follow is read before them.
func (w *world) gather(ctx context.Context, platforms []*platform) (facts, error) {
	f := facts{updates: updates(w.release), letGo: map[string]string{}, earlier: map[types.UID]bool{}, excuses: map[string]string{}}
	for _, p := range platforms {
		f.outstanding = append(f.outstanding, p.outstanding()...)
	}
	var deployments v1alpha1.CloudifyDeploymentList
	var blueprints v1alpha1.CloudifyBlueprintList
	var bindings v1alpha1.CloudifyBindingList
	var executions v1alpha1.CloudifyExecutionList
	var secrets corev1.SecretList
	for _, list := range []client.ObjectList{&blueprints, &deployments, &bindings, &executions, &secrets} {
		if err := w.insist(ctx, func(ctx context.Context) error { return w.client.List(ctx, list) }); err != nil {
			return f, err
		}
	}
	f.deployments, f.blueprints, f.bindings, f.executions = deployments.Items, blueprints.Items, bindings.Items, executions.Items
	f.secrets = slices.DeleteFunc(secrets.Items, func(s corev1.Secret) bool { return s.Namespace != shop && s.Namespace != services })
	for _, m := range w.managers {
		one := managerFacts{name: m.name, deployments: m.Deployments(), blueprints: m.Blueprints(), executions: map[string][]simulator.Execution{}, refused: m.witness.refusals()}
		if err := w.reports(ctx, &one); err != nil {
			return f, err
		}
		for _, d := range one.deployments {
			one.executions[d.ID] = m.Executions(d.ID)
			f.excuses[d.ID] = w.book.excuse(m.name, d.ID, m.witness.madeAt(d.ID))
			if who, _ := w.book.letGo(d.ID); who != "" {
				f.letGo[d.ID] = who
			}
		}
		for _, b := range one.blueprints {
			f.excuses[b.ID] = w.book.excuse(m.name, b.ID, m.witness.madeAt(b.ID))
		}
		f.managers = append(f.managers, one)
	}
	for i := range f.deployments {
		d := &f.deployments[i]
		f.earlier[d.UID] = w.book.hadEarlier(nameOf(d), d.UID) || f.namesake(d)
	}
	return f, nil
}

// namesake reports whether something at a Manager has the labels of another object of this name.
func (f facts) namesake(d *v1alpha1.CloudifyDeployment) bool {
	return slices.ContainsFunc(f.managers, func(m managerFacts) bool {
		return slices.ContainsFunc(m.deployments, func(there simulator.Deployment) bool {
			return there.ID != d.RemoteID() && slices.Contains(there.Labels[v1alpha1.RemoteLabelNamespace], d.Namespace) &&
				slices.Contains(there.Labels[v1alpha1.RemoteLabelName], d.Name)
		})
	})
}

// reports reads the orphans that a CloudifyManager reports, if its kind has a field for them.
func (w *world) reports(ctx context.Context, m *managerFacts) error {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudifyManager"))
	if err := w.insist(ctx, func(ctx context.Context) error { return w.client.Get(ctx, client.ObjectKey{Name: m.name}, o) }); err != nil {
		return err
	}
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		condition, _ := c.(map[string]any)
		if condition["type"] == v1alpha1.ReadyCondition {
			m.ready = condition["status"] == "True"
			m.state, _ = condition["message"].(string)
		}
	}
	count, _, _ := unstructured.NestedInt64(o.Object, "status", "orphans", "count")
	m.count = int(count)
	for _, member := range []string{"deployments", "blueprints"} {
		listed, _, _ := unstructured.NestedSlice(o.Object, "status", "orphans", member)
		for _, l := range listed {
			if one, ok := l.(map[string]any); ok {
				id, _ := one["id"].(string)
				m.reported = append(m.reported, id)
			}
		}
	}
	return nil
}
