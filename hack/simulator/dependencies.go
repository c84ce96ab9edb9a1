// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
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

// findDependencies notes every get_capability of a deployment's nodes, capabilities and outputs.
func (s *Simulator) findDependencies(d *deployment) error {
	var found []*dependency
	walk := func(path string, value any) error {
		return capabilitiesIn(path, value, func(path string, provider any) error {
			id, err := s.resolve(d, provider)
			if err != nil {
				return err
			}
			target := s.deployments.get(fmt.Sprint(id))
			if target == nil {
				return notFound("Deployment", fmt.Sprint(id))
			}
			found = append(found, &dependency{id: s.uuid(), creator: path + ".get_capability", source: d, target: target, created: s.clock.now()})
			return nil
		})
	}
	for _, n := range d.plan.Nodes {
		if err := walk("nodes."+n.ID+".properties", n.Properties); err != nil {
			return err
		}
	}
	for section, outputs := range map[string]map[string]dsl.Output{"capabilities": d.plan.Capabilities, "outputs": d.plan.Outputs} {
		for name, output := range outputs {
			if err := walk(section+"."+name+".value", output.Value); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(found, func(a, b *dependency) int { return -strings.Compare(a.creator, b.creator) })
	s.dependencies = slices.DeleteFunc(s.dependencies, func(old *dependency) bool { return old.source == d })
	s.dependencies = append(s.dependencies, found...)
	return nil
}

// capabilitiesIn calls found with the path of each get_capability in a value, and with what names
// its deployment.
func capabilitiesIn(path string, value any, found func(path string, provider any) error) error {
	switch v := value.(type) {
	case map[string]any:
		if arguments, ok := v["get_capability"].([]any); ok && len(v) == 1 && len(arguments) > 0 {
			return found(path, arguments[0])
		}
		for key, inner := range v {
			if err := capabilitiesIn(path+"."+key, inner, found); err != nil {
				return err
			}
		}
	case []any:
		for i, inner := range v {
			if err := capabilitiesIn(fmt.Sprintf("%s[%d]", path, i), inner, found); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Simulator) removeDependencies(d *deployment) {
	s.dependencies = slices.DeleteFunc(s.dependencies, func(dep *dependency) bool { return dep.source == d || dep.target == d })
}

// dependents tells, in the Manager's words, who uses a deployment; "" if nobody does.
func (s *Simulator) dependents(d *deployment) string {
	var lines []string
	for _, dep := range s.dependencies {
		if dep.target == d && dep.source != d {
			name := strings.Split(dep.creator, ".")[1]
			lines = append(lines, fmt.Sprintf("[%d] Deployment `%s` uses capabilities of the current deployment in its node `%s`",
				len(lines)+1, dep.source.id, name))
		}
	}
	return strings.Join(lines, "\n")
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
