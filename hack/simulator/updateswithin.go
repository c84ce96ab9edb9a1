// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// Updates as the releases before 6.3 know them: one at a time, prepared within the request, which
// tells what is wrong. Only the instances are left to a workflow.

func (u *update) final() bool {
	return u.state == updateSuccessful || u.state == updateFailed || u.state == updatePreview
}

// initiateWithin prepares an update to a plan, switches the deployment over and starts the workflow. An update that comes
// to be and fails then is returned beside the error.
func (u *update) initiateWithin(s *Simulator, plan *dsl.Blueprint, force bool) (*update, error) {
	d := u.deployment
	if plan == nil {
		return nil, refuse(http.StatusBadRequest, "invalid_blueprint_error", "Blueprint `%s` is not uploaded", u.newBlueprint)
	}
	if err := d.environmentReady(); err != nil {
		return nil, err
	}
	for _, other := range s.updates.rows {
		if other.deployment != d || other.final() {
			continue
		}
		if !force || other.execution.active() {
			return nil, conflict("there are deployment updates still active; update IDs: %s", other.id)
		}
		other.state = updateFailed
	}
	if busy := d.unfinished(); len(busy) > 0 {
		return nil, existingExecutions(busy)
	}
	if err := s.dependentsAffected(d, workflowUpdate); err != nil && !force {
		return nil, err
	}
	inputs := dropOld(plan, u)
	if err := plan.CheckInputNames(inputs); err != nil {
		return nil, inputRefusal(err)
	}
	next, err := u.next(s, plan, inputs)
	if err != nil {
		return nil, inputRefusal(err)
	}
	diff := s.compareNodes(d, next)
	u.describe(s, next)
	s.updates.add(u.id, u)
	if u.ask.preview {
		u.state = updatePreview
		return u, nil
	}
	if err := u.switchOver(s, plan, next, diff); err != nil {
		u.state = updateFailed
		return u, inputRefusal(err)
	}
	u.state = updateExecuting
	u.execution.parameters = map[string]any{
		"update_id": u.id, "skip_install": u.ask.skipInstall, "skip_uninstall": u.ask.skipUninstall, "ignore_failure": u.ask.ignoreFailure,
		"modified_entity_ids": map[string]any{"node": append([]string{}, diff.changed...)},
	}
	u.execution.blueprintID = d.blueprintID
	s.record(u.execution, statusPending)
	s.dispatch(u.execution, func(work *run) error {
		err := u.bringAfter(work, diff)
		work.later(func(work *run) error {
			u.state = updateFinalizing
			work.then(2*work.sim.worker.task, func() error { return u.complete(work, diff) })
			return nil
		})
		return err
	})
	return u, nil
}

// dropOld leaves out the inputs that the deployment has and the plan does not declare; inputs that
// the request gives are kept.
func dropOld(plan *dsl.Blueprint, u *update) map[string]any {
	kept := map[string]any{}
	for name, value := range u.newInputs {
		_, declared := plan.Inputs[name]
		_, old := u.oldInputs[name]
		if declared || !old {
			kept[name] = value
		}
	}
	return kept
}

// updateToArchive updates to a blueprint that is nowhere but in the request.
func updateToArchive(r *request) (*response, error) {
	s, query := r.sim, r.URL.Query()
	d := s.deployments.get(r.id())
	if d == nil {
		return nil, notFound("Deployment", r.id())
	}
	archive, err := dsl.Unpack(r.body)
	if err != nil {
		return nil, badParameters("%s", err)
	}
	plan, err := s.parse(archive, query.Get("application_file_name"))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid_blueprint_error", "%s", err)
	}
	u := &update{
		deployment: d, state: updateUpdating, created: s.stamp(), oldBlueprint: d.blueprintID, newBlueprint: d.blueprintID,
		oldInputs: d.inputs, newInputs: merged(d.inputs, nil),
		ask: updateAsk{skipInstall: r.flag("skip_install"), skipUninstall: r.flag("skip_uninstall"), ignoreFailure: r.flag("ignore_failure")},
	}
	u.execution = s.newExecution(d, workflowUpdate, nil)
	u.execution.allowCustom, u.execution.update = true, u
	u.id = d.id + "-" + s.uuid()
	u, err = u.initiateWithin(s, plan, r.flag("force"))
	if u != nil {
		r.change(d.id)
	}
	if err != nil {
		return nil, err
	}
	return updateFields.answer(r, http.StatusOK, u)
}
