// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// What other people do at the Manager, at once and without requests.

// AddBlueprint uploads an archive.
func (s *Simulator) AddBlueprint(id string, archive []byte, mainFile string) error {
	defer s.enter()()
	unpacked, err := dsl.Unpack(archive)
	if err != nil {
		return err
	}
	parsed, err := s.parse(unpacked, mainFile)
	if err != nil {
		return err
	}
	b := s.newBlueprint(id, upload{archive: archive, mainFile: mainFileOf(unpacked, mainFile), visibility: "tenant"})
	if err := s.accept(b, parsed); err != nil {
		return err
	}
	s.over(b.upload)
	return nil
}

// CopyBlueprint uploads the archive of a blueprint under other IDs, at the cost of a look into it for none of them.
func (s *Simulator) CopyBlueprint(id string, copies ...string) error {
	defer s.enter()()
	original := s.blueprints.get(id)
	if original == nil || original.parsed == nil {
		return notFound("Blueprint", id)
	}
	for _, other := range copies {
		b := s.newBlueprint(other, upload{archive: original.archive, mainFile: original.mainFile, visibility: original.visibility})
		if err := s.accept(b, original.parsed); err != nil {
			return err
		}
		s.over(b.upload)
	}
	return nil
}

// LabelBlueprint replaces the labels of a blueprint.
func (s *Simulator) LabelBlueprint(id string, labels map[string][]string) {
	defer s.enter()()
	b := s.blueprints.get(id)
	b.labels = nil
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		for _, value := range labels[key] {
			b.labels = s.addLabels(b.labels, []label{{key: key, value: value}})
		}
	}
}

// AddDeployment creates a deployment.
func (s *Simulator) AddDeployment(id, blueprintID string, inputs map[string]any, labels map[string][]string) error {
	defer s.enter()()
	b := s.blueprints.get(blueprintID)
	if b == nil {
		return notFound("Blueprint", blueprintID)
	}
	given, err := asRequested(inputs)
	if err != nil {
		return err
	}
	ask := creation{blueprintID: blueprintID, visibility: "tenant", inputs: given}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		for _, value := range labels[key] {
			l, err := checkLabel(key, value)
			if err != nil {
				return err
			}
			ask.labels = append(ask.labels, l)
		}
	}
	d, err := s.newDeployment(id, b, ask)
	if err != nil {
		return err
	}
	if err := s.createEnvironment(d, b.parsed); err != nil {
		s.removeDeployment(id)
		return err
	}
	s.over(d.create)
	return nil
}

// asRequested is a map as it would arrive in a request.
func asRequested(values map[string]any) (map[string]any, error) {
	data, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	decoded, err := decodeJSON(data)
	requested, _ := decoded.(map[string]any)
	return requested, err
}

// over makes an execution one that went well.
func (s *Simulator) over(e *execution) {
	now := s.clock.now()
	e.status, e.err, e.started, e.ended = statusTerminated, "", now, now
	if e.deployment != nil {
		e.deployment.latest = e
		e.deployment.refresh(e)
	}
}

// Install starts every instance of a deployment, as an install would that takes no time.
func (s *Simulator) Install(id string) {
	s.instantly(id, "install", func(d *deployment) {
		for _, i := range d.instances() {
			for _, st := range installing {
				if b, err := s.behaviour(i, st.operation); err == nil {
					i.setRuntime(b.runtime)
				}
			}
			i.enter(stateStarted)
			i.statusOK, i.checkedAt = true, s.clock.now()
		}
	})
}

// Uninstall deletes every instance of a deployment.
func (s *Simulator) Uninstall(id string) {
	s.instantly(id, "uninstall", func(d *deployment) {
		for _, i := range d.instances() {
			i.enter(stateDeleted)
		}
	})
}

// Disturb makes the instances of a node drift and be unavailable, as a check has found that takes no time.
func (s *Simulator) Disturb(id, nodeID string) {
	s.instantly(id, "check_drift", func(d *deployment) {
		for _, i := range d.node(nodeID).instances {
			i.drifted, i.statusOK, i.checkedAt = true, false, s.clock.now()
		}
	})
}

func (s *Simulator) instantly(id, workflow string, do func(*deployment)) {
	defer s.enter()()
	d := s.deployments.get(id)
	if d == nil {
		panic(fmt.Sprintf("simulator: %s of deployment %s, which does not exist", workflow, id))
	}
	do(d)
	e := s.newExecution(d, workflow, map[string]any{})
	s.record(e, statusPending)
	s.over(e)
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

// StartExecution starts a workflow, with checks and refusals as for everybody.
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

// LeaveUpdate leaves the last update of a deployment unfinished, as a Manager does that goes down in the midst of it; its
// execution has ended.
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

// SetLabels replaces the labels of a deployment.
func (s *Simulator) SetLabels(deploymentID string, labels map[string][]string) {
	defer s.enter()()
	d := s.deployments.get(deploymentID)
	d.labels = nil
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		for _, value := range labels[key] {
			d.labels = s.addLabels(d.labels, []label{{key: key, value: value}})
		}
	}
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
