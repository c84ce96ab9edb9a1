// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// What is made at the Manager at once, without a request and without time passing: blueprints, deployments, and workflows that
// are over before anybody looks.

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

// CopyBlueprint uploads the archive of a blueprint under other IDs, without parsing it again.
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
	for _, l := range labelsFrom(labels) {
		checked, err := checkLabel(l.key, l.value)
		if err != nil {
			return err
		}
		ask.labels = append(ask.labels, checked)
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

// Install starts every instance of a deployment, like an install that takes no time.
func (s *Simulator) Install(id string) {
	s.instantly(id, "install", func(d *deployment) {
		for _, i := range d.instances() {
			for _, st := range installing {
				if b, err := s.behaviour(i, st.operation, nil); err == nil {
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

// Disturb makes the instances of a node drifted and unavailable, like a check that takes no time and finds them so.
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

// over ends an execution successfully.
func (s *Simulator) over(e *execution) {
	now := s.clock.now()
	e.status, e.err, e.started, e.ended = statusTerminated, "", now, now
	if e.deployment != nil {
		e.deployment.latest = e
		e.deployment.refresh(e)
	}
}
