// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// creation is what a client asks with PUT deployments.
type creation struct {
	blueprintID, displayName, visibility string
	inputs                               map[string]any
	labels                               []label
	runtimeOnly                          bool
}

func readCreation(body object) (creation, error) {
	var ask creation
	var err error
	if ask.blueprintID, err = body.required("blueprint_id"); err != nil {
		return ask, err
	}
	inputs, given := body["inputs"]
	ask.inputs, _ = inputs.(map[string]any)
	if given && ask.inputs == nil {
		return ask, badParameters("inputs parameter is expected to be of type dict but is of type %s", pythonType(inputs))
	}
	if ask.displayName, err = body.text("display_name"); err != nil {
		return ask, err
	}
	if ask.visibility, err = body.text("visibility"); err != nil {
		return ask, err
	}
	ask.visibility = cmp.Or(ask.visibility, "tenant")
	if err = checkVisibility(ask.visibility); err != nil {
		return ask, err
	}
	if ask.runtimeOnly, err = body.flag("runtime_only_evaluation"); err != nil {
		return ask, err
	}
	ask.labels, err = readLabels(body["labels"])
	return ask, err
}

// createDeployment checks the names of inputs at once and leaves everything else to the create
// workflow. Unless told not to, it waits for that and answers its failure.
func createDeployment(r *request) (*response, error) {
	s := r.sim
	if err := s.profile.checkDeploymentID(r.id()); err != nil {
		return nil, err
	}
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	ask, err := readCreation(s.profile.heard(body))
	if err != nil {
		return nil, err
	}
	b := s.blueprints.get(ask.blueprintID)
	if b == nil {
		return nil, notFound("Blueprint", ask.blueprintID)
	}
	checksLate := s.profile.has(checksLate)
	async := r.flag("async_create") && checksLate
	if async {
		s.await(func() bool { return !b.inProgress() })
	}
	d, err := s.newDeployment(r.id(), b, ask)
	if err != nil {
		return nil, err
	}
	if !checksLate {
		if err := s.createWithin(d, b.parsed); err != nil {
			return nil, err
		}
	}
	r.change(d.id)
	s.dispatch(d.create, s.planOf(d.create))
	if async || !checksLate {
		return s.deploymentFields(false).answer(r, http.StatusCreated, d)
	}
	if !s.await(d.create.final) {
		return nil, internalError()
	}
	if d.create.status != statusTerminated {
		return nil, refuse(http.StatusBadRequest, "deployment_creation_error", "%s", lastLine(d.create.err))
	}
	return s.deploymentFields(false).answer(r, http.StatusCreated, d)
}

// newDeployment adds the row of a deployment whose environment is yet to be created. One whose
// creation failed gives way.
func (s *Simulator) newDeployment(id string, b *blueprint, ask creation) (*deployment, error) {
	if b.state != blueprintUploaded {
		code := "invalid_blueprint_error"
		if s.profile.has(refusesNotUploaded) {
			code = "deployment_creation_error"
		}
		return nil, refuse(http.StatusBadRequest, code,
			"Unable to create a deployment based on a blueprint which is not `uploaded` but: `%s`", b.state)
	}
	if old := s.deployments.get(id); old != nil && (!s.profile.has(replacesCreates) || !old.failedToCreate()) {
		return nil, alreadyExists("Deployment", id)
	}
	if err := b.parsed.CheckInputNames(ask.inputs); err != nil {
		return nil, inputRefusal(err)
	}
	s.removeDeployment(id)
	d := &deployment{
		id: id, displayName: cmp.Or(ask.displayName, id), visibility: ask.visibility, blueprintID: b.id,
		created: s.stamp(), runtimeOnly: ask.runtimeOnly, given: ask.inputs, givenLabels: ask.labels, status: deploymentAttention,
	}
	d.updated = d.created
	labels := []any{}
	for _, l := range ask.labels {
		labels = append(labels, map[string]any{"key": l.key, "value": l.value, "created_at": nil, "created_by": nil})
	}
	given := ask.inputs
	if given == nil {
		given = map[string]any{}
	}
	parameters := map[string]any{"inputs": given, "display_name": textOrNull(ask.displayName)}
	if ask.labels != nil {
		parameters["labels"] = labels
	}
	if !s.profile.has(checksLate) {
		parameters = map[string]any{
			"deployment_plugins_to_install": []any{}, "workflow_plugins_to_install": []any{}, "policy_configuration": map[string]any{},
		}
	}
	d.create = s.newExecution(d, workflowCreate, parameters)
	d.create.allowCustom = true
	d.latest = d.create
	s.deployments.add(id, d)
	s.record(d.create, statusPending)
	return d, nil
}

func (d *deployment) failedToCreate() bool {
	return d.create.status == statusFailed && len(d.executions) == 1
}

func inputRefusal(err error) error {
	if input, ok := errors.AsType[*dsl.InputError](err); ok {
		return refuse(http.StatusBadRequest, input.Code, "%s", input.Message)
	}
	return err
}

// lastLine is the useful line of a traceback.
func lastLine(message any) string {
	text, _ := message.(string)
	text = strings.TrimRight(text, "\n")
	return text[strings.LastIndex(text, "\n")+1:]
}

// createEnvironment is the plan of a create_deployment_environment.
func createEnvironment(r *run) error {
	d := r.execution.deployment
	if d.plan != nil {
		r.then(2*r.sim.worker.task, func() error { return nil }) // all but plugins was made within the request
		return nil
	}
	r.then(2*r.sim.worker.task, func() error {
		b := r.sim.blueprints.get(d.blueprintID)
		if b == nil {
			return notFound("Blueprint", d.blueprintID)
		}
		return r.sim.createEnvironment(d, b.parsed)
	})
	return nil
}

// createWithin makes the environment within the request. What is wrong leaves nothing behind.
func (s *Simulator) createWithin(d *deployment, plan *dsl.Blueprint) error {
	err := s.createEnvironment(d, plan)
	if err == nil {
		return nil
	}
	s.removeDeployment(d.id)
	return inputRefusal(err)
}

// createEnvironment evaluates what can be evaluated and makes nodes and node instances.
func (s *Simulator) createEnvironment(d *deployment, plan *dsl.Blueprint) error {
	inputs, err := plan.PrepareInputsAt(d.given, inventory{sim: s})
	if err != nil {
		return tracebackOf(err)
	}
	d.labels = s.newLabels(d.givenLabels)
	if err := s.settle(d, plan, inputs); err != nil {
		d.labels = nil
		return tracebackOf(err)
	}
	for _, template := range plan.Nodes {
		n, err := s.newNode(d, template)
		if err != nil {
			return err
		}
		d.nodes = append(d.nodes, n)
	}
	return nil
}

// settle gives a deployment a plan and inputs: those with which it is created or updated.
func (s *Simulator) settle(d *deployment, plan *dsl.Blueprint, inputs map[string]any) error {
	before := *d
	d.plan, d.inputs, d.workflows = plan, inputs, plan.Workflows
	err := s.checkSecrets(d, plan)
	if err == nil {
		d.outputs, err = s.resolveOutputs(d, plan.Outputs)
	}
	if err == nil {
		d.capabilities, err = s.resolveOutputs(d, plan.Capabilities)
	}
	if err == nil {
		err = s.findDependencies(d)
	}
	var fromPlan []label
	if err == nil {
		fromPlan, err = s.planLabels(d)
	}
	if err != nil {
		*d = before
		return err
	}
	d.labels = s.addLabels(d.labels, fromPlan)
	return nil
}

// environmentReady refuses what needs an environment that is not there.
func (d *deployment) environmentReady() error {
	code, message := "deployment_creation_error", ""
	switch d.create.status {
	case statusTerminated:
		return nil
	case statusPending:
		code, message = "deployment_environment_creation_pending_error", "Deployment environment creation is still pending, try again in a minute"
	case statusStarted:
		code, message = "deployment_environment_creation_in_progress_error", "Deployment environment creation is still in progress, try again in a minute"
	case statusFailed:
		reason, _ := d.create.err.(string)
		message = "Can't launch executions since environment creation for deployment " + d.id + " has failed: " + reason
	case statusCancelled:
		message = "Can't launch executions since the environment creation for deployment " + d.id + " has been cancelled [status=cancelled]"
	default:
		message = "Unexpected deployment status for deployment " + d.id + " [status=" + d.create.status + "]"
	}
	return refuse(http.StatusBadRequest, code, "%s", message)
}
