// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"errors"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// work is the plan of an update: prepare, switch the deployment over, then bring its instances
// after. The switch is not undone when an instance fails.
func (u *update) work(r *run) error {
	r.then(2*r.sim.worker.task, func() error {
		r.sim.event(r.execution, "task_started", "Task started 'prepare_plan'")
		plan, next, err := u.prepare(r.sim)
		if err != nil {
			// Only the event says why.
			r.sim.event(r.execution, "task_failed", "Task failed 'prepare_plan' -> "+err.Error())
			return errors.New("Task failed: prepare_plan: ") //nolint:staticcheck // the Manager's words
		}
		diff := r.sim.compareNodes(u.deployment, next)
		u.describe(r.sim, next)
		if u.ask.preview {
			u.state = updateSuccessful
			return nil
		}
		r.first(
			step{5 * r.sim.worker.task, func() error { return u.switchOver(r.sim, plan, next, diff) }},
			step{0, r.planned(func(r *run) error { return u.bringAfter(r, diff) })},
			step{5 * r.sim.worker.task, func() error { return u.complete(r, diff) }},
		)
		return nil
	})
	return nil
}

// prepare checks the inputs and makes the deployment as it would be, with nodes but no instances
// of its own.
func (u *update) prepare(s *Simulator) (*dsl.Blueprint, *deployment, error) {
	b := s.blueprints.get(u.newBlueprint)
	if b == nil || b.parsed == nil {
		return nil, nil, errors.New("the blueprint " + u.newBlueprint + " is not uploaded")
	}
	next, err := u.next(s, b.parsed, dropUnknown(b.parsed, u.newInputs))
	return b.parsed, next, err
}

// next is the deployment as it would be by a plan and inputs.
func (u *update) next(s *Simulator, plan *dsl.Blueprint, inputs map[string]any) (*deployment, error) {
	inputs, err := plan.PrepareInputsAt(inputs, inventory{sim: s})
	if err != nil {
		return nil, err
	}
	next := *u.deployment
	next.plan, next.inputs, next.nodes = plan, inputs, nil
	if err := s.checkSecrets(&next, plan); err != nil {
		return nil, err
	}
	for _, template := range plan.Nodes {
		n, err := s.newNode(&next, template)
		if err != nil {
			return nil, err
		}
		next.nodes = append(next.nodes, n)
	}
	return &next, nil
}

// switchOver gives the deployment its new blueprint, inputs and nodes. Changed nodes keep their
// instances, removed ones stay until they are uninstalled.
func (u *update) switchOver(s *Simulator, plan *dsl.Blueprint, next *deployment, diff difference) error {
	d := u.deployment
	if err := s.settle(d, plan, next.inputs); err != nil {
		return err
	}
	d.blueprintID, d.groups = u.newBlueprint, next.groups
	var nodes []*node
	for _, n := range next.nodes {
		n.deployment = d
		if old := d.node(n.ID); old != nil {
			n.instances, n.order, n.planned, n.indexed = old.instances, old.order, old.planned, old.indexed
			for _, i := range n.instances {
				i.node = n
			}
		}
		nodes = append(nodes, n)
	}
	for _, id := range diff.removed {
		nodes = append(nodes, d.node(id))
	}
	d.nodes = nodes
	return nil
}

// bringAfter uninstalls what was removed, reinstalls what was changed and installs what was added.
// An instance that was not started is left as it is, even if that is half installed.
func (u *update) bringAfter(r *run, diff difference) error {
	for _, i := range u.deployment.instances() {
		switch {
		case u.ask.skipReinstall || i.state != stateStarted || !slices.Contains(diff.changed, i.node.ID):
		case r.sim.profile.has(checksDrift) && r.sim.hasOperation(i, operationDrift) && !u.ask.skipDriftCheck:
			r.checkDrift(i)
		default:
			i.drifted = true
		}
	}
	r.later(func(r *run) error { return u.bringInstances(r, diff) })
	return nil
}

// bringInstances reinstalls the changed instances of nodes that cannot tell whether they have drifted, or say that they have.
func (u *update) bringInstances(r *run, diff difference) error {
	d, ask := u.deployment, u.ask
	reinstall := func(i *instance) bool {
		return !ask.skipReinstall && i.state == stateStarted && (i.drifted && slices.Contains(diff.changed, i.node.ID) ||
			slices.Contains(ask.reinstall, any(i.node.ID)) || slices.Contains(ask.reinstall, any(i.id)))
	}
	var again []*instance
	for _, i := range slices.Backward(d.instances()) {
		switch {
		case reinstall(i):
			i.drifted = true
			again = append(again, i)
			r.uninstall(i, ask.ignoreFailure)
		case slices.Contains(diff.removed, i.node.ID) && !ask.skipUninstall:
			r.uninstall(i, ask.ignoreFailure)
		}
	}
	r.later(func(r *run) error {
		for _, i := range d.instances() {
			added := slices.Contains(diff.added, i.node.ID) && !ask.skipInstall
			if added || slices.Contains(again, i) {
				r.install(i)
				r.then(0, func() error { i.drifted = false; return nil })
			}
		}
		return nil
	})
	return nil
}

func (u *update) complete(r *run, diff difference) error {
	d := u.deployment
	d.nodes = slices.DeleteFunc(d.nodes, func(n *node) bool { return slices.Contains(diff.removed, n.ID) })
	d.updated = r.sim.clock.now()
	u.state = updateSuccessful
	return nil
}

// dropUnknown leaves out inputs that the plan does not declare, and nulls of those that may be unset.
func dropUnknown(plan *dsl.Blueprint, inputs map[string]any) map[string]any {
	known := map[string]any{}
	for name, value := range inputs {
		declared, ok := plan.Inputs[name]
		optional := declared.Required != nil && !*declared.Required
		if ok && (value != nil || !optional) {
			known[name] = value
		}
	}
	return known
}
