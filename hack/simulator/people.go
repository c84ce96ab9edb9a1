// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"slices"
	"time"
)

// What other people do at the Manager, without requests.

// LabelBlueprint replaces the labels of a blueprint.
func (s *Simulator) LabelBlueprint(id string, labels map[string][]string) {
	defer s.enter()()
	s.blueprints.get(id).labels = s.addLabels(nil, labelsFrom(labels))
}

// RemoveDeployment takes a deployment away, whatever runs there.
func (s *Simulator) RemoveDeployment(id string) {
	defer s.enter()()
	s.removeDeployment(id)
}

// RemoveBlueprint takes a blueprint away, whatever uses it.
func (s *Simulator) RemoveBlueprint(id string) {
	defer s.enter()()
	s.removeBlueprint(id)
}

// Wipe leaves a Manager that was installed anew: the same account and password, nothing else.
func (s *Simulator) Wipe() {
	defer s.enter()()
	for _, e := range s.executions.rows {
		e.run = nil
	}
	s.blueprints, s.deployments, s.executions = table[blueprint]{}, table[deployment]{}, table[execution]{}
	s.updates, s.secrets, s.dependencies, s.events = table[update]{}, table[secret]{}, nil, nil
	s.account.tokens = table[token]{}
}

// StartExecution starts a workflow, with the same checks and refusals as a request.
func (s *Simulator) StartExecution(deploymentID, workflow string, parameters map[string]any) (string, error) {
	defer s.enter()()
	d := s.deployments.get(deploymentID)
	if d == nil {
		return "", notFound("Deployment", deploymentID)
	}
	given, err := asRequested(parameters)
	if err != nil {
		return "", err
	}
	e, err := s.start(d, start{workflow: workflow, parameters: given})
	if err != nil {
		return "", err
	}
	return e.id, nil
}

// ScheduleExecution leaves a workflow for a day that does not come. From 6.0 on the Manager keeps it apart from the executions.
func (s *Simulator) ScheduleExecution(deploymentID, workflow string) {
	defer s.enter()()
	if d := s.deployments.get(deploymentID); d != nil && !s.profile.since(release{6, 0}) {
		s.record(s.newExecution(d, workflow, map[string]any{}), statusScheduled)
	}
}

// StartUpdate changes inputs of a deployment. The Manager would take it at any time; people look first whether something
// runs there.
func (s *Simulator) StartUpdate(deploymentID string, inputs map[string]any) (string, error) {
	defer s.enter()()
	d := s.deployments.get(deploymentID)
	if d == nil {
		return "", notFound("Deployment", deploymentID)
	}
	if err := d.environmentReady(); err != nil {
		return "", err
	}
	if busy := d.unfinished(); len(busy) > 0 {
		return "", existingExecutions(busy)
	}
	given, err := asRequested(inputs)
	if err != nil {
		return "", err
	}
	u, err := s.update(d, object{}, given)
	if err != nil {
		return "", err
	}
	return u.execution.id, nil
}

// LeaveUpdate leaves the last update of a deployment unfinished, as a Manager does that goes down in the middle of it;
// its execution has ended.
func (s *Simulator) LeaveUpdate(deploymentID string) {
	defer s.enter()()
	for _, u := range slices.Backward(s.updates.rows) {
		if u.deployment.id == deploymentID {
			u.state = updateExecuting
			return
		}
	}
}

// CancelExecution asks an execution to stop.
func (s *Simulator) CancelExecution(id string) error {
	defer s.enter()()
	e := s.executions.get(id)
	if e == nil {
		return notFound("Execution", id)
	}
	return s.cancel(e, "cancel")
}

// ForgetExecution takes an execution out of the Manager's history, as a purge does; what it did stays, and what it does goes on no
// longer.
func (s *Simulator) ForgetExecution(id string) error {
	defer s.enter()()
	e := s.executions.get(id)
	if e == nil {
		return notFound("Execution", id)
	}
	e.run = nil
	s.executions.remove(id)
	if d := e.deployment; d != nil {
		d.executions = slices.DeleteFunc(d.executions, func(other *execution) bool { return other == e })
		if d.latest == e && len(d.executions) > 0 {
			d.latest = d.executions[len(d.executions)-1]
		}
	}
	return nil
}

// SetLabels replaces the labels of a deployment.
func (s *Simulator) SetLabels(deploymentID string, labels map[string][]string) {
	defer s.enter()()
	s.deployments.get(deploymentID).labels = s.addLabels(nil, labelsFrom(labels))
}

// SetSecret creates or changes a secret.
func (s *Simulator) SetSecret(key string, value any) {
	defer s.enter()()
	row := s.secrets.get(key)
	if row == nil {
		row = s.newSecret(key)
	}
	row.value, row.updated = value, s.clock.now()
}

// SetPassword changes the account's password. Tokens outlive that.
func (s *Simulator) SetPassword(password string) {
	defer s.enter()()
	s.account.password = password
}

// CreateToken makes a token and returns its value; a positive lifetime lets it expire.
func (s *Simulator) CreateToken(lifetime time.Duration) string {
	defer s.enter()()
	var expires time.Time
	if lifetime > 0 {
		expires = s.clock.now().Add(lifetime)
	}
	t := s.newToken("", expires)
	return "ctok-" + t.id + "-" + t.secret
}

// RevokeTokens makes every token unknown.
func (s *Simulator) RevokeTokens() {
	defer s.enter()()
	s.account.tokens = table[token]{}
}
