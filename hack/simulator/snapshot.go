// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"slices"
	"time"
)

// Blueprint is a copy of a blueprint.
type Blueprint struct {
	ID, State, Error string
	MainFile         string
	Description      string
	Labels           map[string][]string
	Created          time.Time
	Archive          []byte
}

// Deployment is a copy of a deployment. Inputs are nil until its environment is created.
type Deployment struct {
	ID, DisplayName, BlueprintID string
	Inputs                       map[string]any
	Labels                       map[string][]string
	InstallationStatus, Status   string // "active", "good"
	LatestExecution              string
	Created                      time.Time
	Instances                    []Instance
}

// Installed reports whether every instance is started, and that there is one.
func (d Deployment) Installed() bool {
	return len(d.Instances) > 0 && !slices.ContainsFunc(d.Instances, func(i Instance) bool { return i.State != stateStarted })
}

// Instance is a copy of a node instance.
type Instance struct {
	ID, NodeID, State string
	RuntimeProperties map[string]any
}

// Execution is a copy of an execution.
type Execution struct {
	ID, DeploymentID, BlueprintID, Workflow string
	Status, Error                           string
	Parameters                              map[string]any
	Created, Started, Ended                 time.Time
	Force, DryRun                           bool
}

// Active reports whether the execution goes on or is about to.
func (e Execution) Active() bool {
	return !slices.Contains([]string{statusTerminated, statusFailed, statusCancelled, statusQueued, statusScheduled}, e.Status)
}

// Blueprint is a copy of one; false if there is none of that ID.
func (s *Simulator) Blueprint(id string) (Blueprint, bool) {
	defer s.enter()()
	if b := s.blueprints.get(id); b != nil {
		return b.copy(), true
	}
	return Blueprint{}, false
}

// Blueprints are all, by creation.
func (s *Simulator) Blueprints() []Blueprint {
	defer s.enter()()
	return copies(s.blueprints.rows, (*blueprint).copy)
}

// Deployment is a copy of one; false if there is none of that ID.
func (s *Simulator) Deployment(id string) (Deployment, bool) {
	defer s.enter()()
	if d := s.deployments.get(id); d != nil {
		return d.copy(), true
	}
	return Deployment{}, false
}

// Deployments are all, by creation.
func (s *Simulator) Deployments() []Deployment {
	defer s.enter()()
	return copies(s.deployments.rows, (*deployment).copy)
}

// Executions are those of a deployment by creation, of everything if deploymentID is "". They go
// with their deployment.
func (s *Simulator) Executions(deploymentID string) []Execution {
	defer s.enter()()
	if deploymentID == "" {
		return copies(s.executions.rows, (*execution).copy)
	}
	if d := s.deployments.get(deploymentID); d != nil {
		return copies(d.executions, (*execution).copy)
	}
	return nil
}

func copies[T, C any](rows []*T, snapshot func(*T) C) []C {
	all := make([]C, 0, len(rows))
	for _, row := range rows {
		all = append(all, snapshot(row))
	}
	return all
}

func (b *blueprint) copy() Blueprint {
	c := Blueprint{ID: b.id, State: b.state, Error: b.err, MainFile: b.mainFile, Labels: labelMap(b.labels), Created: b.created, Archive: slices.Clone(b.archive)}
	if b.parsed != nil {
		c.Description = b.parsed.Description
	}
	return c
}

func (d *deployment) copy() Deployment {
	c := Deployment{
		ID: d.id, DisplayName: d.displayName, BlueprintID: d.blueprintID, Inputs: copyMap(d.inputs), Labels: labelMap(d.labels),
		InstallationStatus: d.showInstallation().(string), Status: d.status, LatestExecution: d.latest.id, Created: d.created,
	}
	for _, i := range d.instances() {
		c.Instances = append(c.Instances, Instance{ID: i.id, NodeID: i.node.ID, State: i.state, RuntimeProperties: copyMap(i.runtime)})
	}
	return c
}

func (e *execution) copy() Execution {
	c := Execution{
		ID: e.id, BlueprintID: e.blueprintID, Workflow: e.workflow, Status: e.status, Parameters: copyMap(e.parameters),
		Created: e.created, Started: e.started, Ended: e.ended, Force: e.force, DryRun: e.dryRun,
	}
	c.Error, _ = e.err.(string)
	if e.deployment != nil {
		c.DeploymentID = e.deployment.id
	}
	return c
}

func labelMap(labels []label) map[string][]string {
	byKey := map[string][]string{}
	for _, l := range labels {
		byKey[l.key] = append(byKey[l.key], l.value)
	}
	return byKey
}

func copyMap(m map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	return copyValue(m).(map[string]any)
}

func copyValue(value any) any {
	switch v := value.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for key, inner := range v {
			c[key] = copyValue(inner)
		}
		return c
	case []any:
		c := make([]any, 0, len(v))
		for _, inner := range v {
			c = append(c, copyValue(inner))
		}
		return c
	default:
		return value
	}
}
