// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// dependency says that a deployment uses a capability of another.
type dependency struct {
	id, creator    string // "nodes.web.properties.url.get_capability"
	source, target *deployment
	created        time.Time
}

var dependencyFields = resource[dependency]{kind: "InterDeploymentDependencies", fields: append([]field[dependency]{
	{name: "created_at", value: func(d *dependency) any { return timestamp(d.created) }},
	constant[dependency]("visibility", "tenant"),
	{name: "id", value: func(d *dependency) any { return d.id }},
	{name: "dependency_creator", value: func(d *dependency) any { return d.creator }},
	constant[dependency]("target_deployment_func", nil),
	constant[dependency]("external_source", nil),
	constant[dependency]("external_target", nil),
	{name: "source_deployment_id", value: func(d *dependency) any { return d.source.id }},
	{name: "target_deployment_id", value: func(d *dependency) any { return d.target.id }},
}, ownership(func(*dependency) string { return "tenant" })...)}

func listDependencies(r *request) (*response, error) {
	return list(r, &dependencyFields, r.sim.dependencies)
}

// findDependencies notes every get_capability of a deployment's plan.
func (s *Simulator) findDependencies(d *deployment) error {
	named, err := d.plan.Dependencies(scope{sim: s, deployment: d})
	if err != nil {
		return err
	}
	var found []*dependency
	for _, n := range named {
		if n.Target == "" {
			continue
		}
		target := s.deployments.get(n.Target)
		if target == nil {
			return notFound("Deployment", n.Target)
		}
		found = append(found, &dependency{id: s.uuid(), creator: n.Creator, source: d, target: target, created: s.stamp()})
	}
	s.dependencies = slices.DeleteFunc(s.dependencies, func(old *dependency) bool { return old.source == d })
	s.dependencies = append(s.dependencies, found...)
	return nil
}

func (s *Simulator) removeDependencies(d *deployment) {
	s.dependencies = slices.DeleteFunc(s.dependencies, func(dep *dependency) bool { return dep.source == d || dep.target == d })
}

// dependents tells, in the Manager's words, who uses a deployment; "" if nobody does. Who was uninstalled uses it no longer, who was
// never installed does.
func (s *Simulator) dependents(d *deployment) string {
	var lines []string
	for _, dep := range s.dependencies {
		if dep.target == d && dep.source != d && !dep.source.uninstalled() {
			name := strings.Split(dep.creator, ".")[1]
			lines = append(lines, fmt.Sprintf("[%d] Deployment `%s` uses capabilities of the current deployment in its node `%s`",
				len(lines)+1, dep.source.id, name))
		}
	}
	return strings.Join(lines, "\n")
}

// uninstalled reports whether a deployment has instances and all of them were deleted.
func (d *deployment) uninstalled() bool {
	return len(d.instances()) > 0 && d.count(func(i *instance) bool { return i.state != stateDeleted }) == 0
}

// consumers answers get_consumers: ids, names or count of who uses a deployment.
func (s *Simulator) consumers(d *deployment, what string) any {
	ids, names := []any{}, []any{}
	for _, dep := range s.dependencies {
		if dep.target == d && dep.source != d && !slices.Contains(ids, any(dep.source.id)) {
			ids, names = append(ids, dep.source.id), append(names, dep.source.displayName)
		}
	}
	switch what {
	case "ids":
		return ids
	case "names":
		return names
	default:
		return len(ids)
	}
}

// dependentsAffected refuses a workflow that would take away what others use.
func (s *Simulator) dependentsAffected(d *deployment, workflow string) error {
	if !slices.Contains([]string{"stop", "uninstall", workflowUpdate}, workflow) {
		return nil
	}
	dependents := s.dependents(d)
	if dependents == "" {
		return nil
	}
	return refuse(http.StatusBadRequest, "dependent_exists_error",
		"Can't execute workflow `%s` on deployment %s - existing installations depend on it:\n%s", workflow, d.id, dependents)
}
