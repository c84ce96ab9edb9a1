// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// scope answers what the intrinsic functions of one deployment ask.
type scope struct {
	sim        *Simulator
	deployment *deployment
	depth      int // of capabilities that ask for capabilities
}

var _ dsl.Scope = scope{}

// resolve evaluates every function in a value.
func (s *Simulator) resolve(d *deployment, value any) (any, error) {
	return dsl.Evaluate(value, scope{sim: s, deployment: d})
}

// resolveStatic evaluates what the Manager evaluates when it creates a deployment.
func (s *Simulator) resolveStatic(d *deployment, values map[string]any) (map[string]any, error) {
	return d.static(values, scope{sim: s, deployment: d})
}

// resolveProperties is resolveStatic for the properties of a node, in which SELF means the node.
func (s *Simulator) resolveProperties(d *deployment, template dsl.Node) (map[string]any, error) {
	return d.static(template.Properties, dsl.WithSelf(scope{sim: s, deployment: d}, template.ID))
}

func (d *deployment) static(values map[string]any, within dsl.Scope) (map[string]any, error) {
	if d.runtimeOnly {
		return values, nil
	}
	value, err := dsl.EvaluateStatic(values, within)
	if err != nil {
		return nil, err
	}
	resolved, _ := value.(map[string]any)
	return resolved, nil
}

// resolveOutputs makes the definitions that a deployment shows.
func (s *Simulator) resolveOutputs(d *deployment, outputs map[string]dsl.Output) (map[string]any, error) {
	definitions := map[string]any{}
	for name, output := range outputs {
		definition, err := s.resolveStatic(d, map[string]any{"value": output.Value})
		if err != nil {
			return nil, err
		}
		definition = maps.Clone(definition)
		if output.Description != "" {
			definition["description"] = output.Description
		}
		definitions[name] = definition
	}
	return definitions, nil
}

var (
	errNoSecret = errors.New("no such secret")
	errTooDeep  = errors.New("capabilities refer to each other without end")
)

func (c scope) Input(name string) (any, bool) {
	value, ok := c.deployment.inputs[name]
	return value, ok
}

func (c scope) Property(nodeID string, path []any) (any, error) {
	if n := c.deployment.node(nodeID); n != nil {
		if value, ok := dsl.Lookup(n.properties, path); ok {
			return value, nil
		}
	}
	return c.deployment.plan.Property(nodeID, path)
}

func (c scope) Attribute(nodeID string, path []any) (any, error) {
	n := c.deployment.node(nodeID)
	switch {
	case n == nil || len(n.instances) == 0:
		return fmt.Sprintf("<ERROR: Node %s has no instances>", nodeID), nil
	case len(n.instances) > 1:
		return fmt.Sprintf("<ERROR: Multi instances of node %q are not supported by function>", nodeID), nil
	}
	if value, ok := dsl.Lookup(n.instances[0].runtime, path); ok {
		return value, nil
	}
	value, _ := dsl.Lookup(n.properties, path)
	return value, nil
}

func (c scope) Attributes(nodeID, attribute string) (map[string]any, error) {
	values := map[string]any{}
	if n := c.deployment.node(nodeID); n != nil {
		for _, i := range n.instances {
			values[i.id] = i.runtime[attribute]
		}
	}
	return values, nil
}

func (c scope) Secret(key string) (any, error) {
	if secret := c.sim.secrets.get(key); secret != nil {
		return secret.value, nil
	}
	return nil, fmt.Errorf("%w: %s", errNoSecret, key)
}

func (c scope) Capability(deploymentID string, path []any) (any, error) {
	provider := c.sim.deployments.get(deploymentID)
	if provider == nil {
		return nil, notFound("Deployment", deploymentID)
	}
	if c.depth++; c.depth > 50 {
		return nil, errTooDeep
	}
	if len(path) == 0 {
		return nil, fmt.Errorf("no capability of deployment %s is named", deploymentID)
	}
	name, _ := path[0].(string)
	definition, ok := provider.capabilities[name].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("requested capability `%s` is not declared in deployment `%s`", name, deploymentID)
	}
	value, err := dsl.Evaluate(definition["value"], scope{sim: c.sim, deployment: provider, depth: c.depth})
	if err != nil {
		return nil, err
	}
	value, _ = dsl.Lookup(value, path[1:])
	return value, nil
}

func (c scope) Label(key string) ([]string, error) {
	var values []string
	for _, l := range c.deployment.labels {
		if l.key == key {
			values = append(values, l.value)
		}
	}
	return values, nil
}

func (c scope) Sys(group, name string) (any, error) {
	if group == "consumers" {
		return c.sim.consumers(c.deployment, name), nil
	}
	known := map[string]any{
		"tenant/name":     tenantName,
		"deployment/id":   c.deployment.id,
		"deployment/name": c.deployment.displayName, "deployment/blueprint": c.deployment.blueprintID,
		"deployment/owner": c.sim.account.username,
	}
	value, ok := known[group+"/"+name]
	if !ok {
		return nil, fmt.Errorf("unknown system property %s of %s", name, group)
	}
	return value, nil
}

// getOutputs evaluates the outputs; one that names a missing secret is left out.
func getOutputs(r *request) (*response, error) {
	return evaluated(r, "outputs", "deployment_outputs_evaluation_error", func(d *deployment) map[string]any { return d.outputs })
}

func getCapabilities(r *request) (*response, error) {
	return evaluated(r, "capabilities", "deployment_capabilities_evaluation_error", func(d *deployment) map[string]any { return d.capabilities })
}

func evaluated(r *request, member, code string, definitions func(*deployment) map[string]any) (*response, error) {
	d := r.sim.deployments.get(r.id())
	if d == nil {
		return nil, notFound("Deployment", r.id())
	}
	values := map[string]any{}
	for name, definition := range definitions(d) {
		value, err := r.sim.resolve(d, definition.(map[string]any)["value"])
		if errors.Is(err, errNoSecret) {
			continue
		}
		if err != nil {
			return nil, refuse(http.StatusBadRequest, code, "%s", err)
		}
		values[name] = value
	}
	return answer(http.StatusOK, map[string]any{"deployment_id": d.id, member: values})
}

// evaluateFunctions evaluates a payload that a client sends.
func evaluateFunctions(r *request) (*response, error) {
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	id, err := body.required("deployment_id")
	if err != nil {
		return nil, err
	}
	d := r.sim.deployments.get(id)
	if d == nil {
		return nil, notFound("Deployment", id)
	}
	value, err := r.sim.resolve(d, body["payload"])
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "functions_evaluation_error", "%s", err)
	}
	return answer(http.StatusOK, map[string]any{"deployment_id": id, "payload": value})
}

// inventory answers what inputs of object types ask about the Manager.
type inventory struct {
	sim        *Simulator
	deployment *deployment // whose nodes are meant; nil: those of all
}

func (v inventory) Exists(typ, value string) bool {
	switch typ {
	case "blueprint_id":
		return v.sim.blueprints.get(value) != nil
	case "deployment_id":
		return v.sim.deployments.get(value) != nil
	case "secret_key":
		return v.sim.secrets.get(value) != nil
	case "node_instance":
		return v.anyNode(func(n *node) bool {
			return slices.ContainsFunc(n.instances, func(i *instance) bool { return i.id == value })
		})
	case "node_id":
		return v.anyNode(func(n *node) bool { return n.ID == value })
	case "node_type":
		return v.anyNode(func(n *node) bool { return slices.Contains(n.TypeHierarchy, value) })
	case "operation_name":
		return v.anyNode(func(n *node) bool { return n.Operations[value] != nil })
	case "scaling_group":
		return v.anyDeployment(func(d *deployment) bool { return d.scalingGroup(value) != nil })
	default:
		return true
	}
}

func (v inventory) anyDeployment(which func(*deployment) bool) bool {
	if v.deployment != nil {
		return which(v.deployment)
	}
	return slices.ContainsFunc(v.sim.deployments.rows, which)
}

func (v inventory) anyNode(which func(*node) bool) bool {
	return v.anyDeployment(func(d *deployment) bool { return slices.ContainsFunc(d.nodes, which) })
}

// planLabels are the labels that a plan gives to its deployments.
func (s *Simulator) planLabels(d *deployment) ([]label, error) {
	var labels []label
	for _, key := range slices.Sorted(maps.Keys(d.plan.Labels)) {
		for _, value := range d.plan.Labels[key] {
			resolved, err := s.resolve(d, value)
			if err != nil {
				return nil, err
			}
			l, err := checkLabel(key, fmt.Sprint(resolved))
			if err != nil {
				return nil, err
			}
			labels = append(labels, l)
		}
	}
	return labels, nil
}
