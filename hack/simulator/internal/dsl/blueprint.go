// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "io/fs"

// Options choose what a Manager of one release knows.
type Options struct {
	Release string // "7.1"; empty means that too
	Plugins fs.FS  // plugins beside the stand-ins: files NAME.yaml, or folders NAME with a plugin.yaml; nil: none
}

// Blueprint is a parsed and validated blueprint.
type Blueprint struct {
	DSLVersion, Description string
	Inputs                  map[string]Input
	Nodes                   []Node // relationship targets before sources
	Outputs, Capabilities   map[string]Output
	Labels, BlueprintLabels map[string][]any
	Workflows               map[string]Workflow
	WorkflowNames           []string       // in the order in which the Manager lists them
	Plan                    map[string]any // what GET /blueprints/{id} shows as plan

	dataTypes  dataTypes
	inputNames []string // in the order declared
	nodeIndex  map[string]int
	folder     string                    // of the main file
	notes      map[string]map[string]any // of scripts, by path in the archive
	functions  map[string]string         // parameters, by module.name
}

// Input declares a deployment input or a workflow parameter.
type Input struct {
	Type, ItemType            string
	Description, DisplayLabel string
	Default                   any
	HasDefault                bool
	Required                  *bool // unset means required
	Hidden                    bool
	Constraints               []map[string]any

	raw map[string]any // as written, for the plan
}

// Parameter is declared as an input is.
type Parameter = Input

// Map is the declaration as the Manager's API shows it.
func (i Input) Map() map[string]any { return i.raw }

// mandatory reports whether a value must be given, or be the default.
func (i Input) mandatory() bool { return i.Required == nil || *i.Required }

// Output is an output or a capability; Value holds its functions unevaluated.
type Output struct {
	Value       any
	Description string

	raw map[string]any
}

// Map is the definition as the Manager's API shows it.
func (o Output) Map() map[string]any { return o.raw }

// Workflow is one that deployments of the blueprint offer.
type Workflow struct {
	Name, Plugin, Operation string
	Parameters              map[string]Parameter
	IsCascading             bool
	AvailabilityRules       map[string]any // nil: always available
	Missing                 bool           // the blueprint says that its plugin is installed, and it is not
}

// Node is a node template merged with its types.
type Node struct {
	ID, Type, HostID                             string
	TypeHierarchy                                []string       // root first, the node's own type last
	Properties                                   map[string]any // functions still raw
	Operations                                   map[string]map[string]any
	Interfaces                                   map[string]map[string]any // interface → operation → declaration
	Relationships                                []Relationship
	DefaultInstances, MinInstances, MaxInstances int // MaxInstances -1: no limit

	open bool // of a stand-in's type, of which the properties are not known
}

// Operation is the operation of that name, nil if there is none. A short name that several interfaces
// have, and that Operations therefore lacks, means the lifecycle's.
func (n Node) Operation(name string) map[string]any {
	if op, ok := n.Operations[name]; ok {
		return op
	}
	return n.Operations["cloudify.interfaces.lifecycle."+name]
}

// HasOperation reports whether the operation of that name has an implementation.
func (n Node) HasOperation(name string) bool {
	op := n.Operation(name)
	return op != nil && op["operation"] != ""
}

// Node is the node of that id.
func (b *Blueprint) Node(id string) (Node, bool) {
	i, ok := b.nodeIndex[id]
	if !ok {
		return Node{}, false
	}
	return b.Nodes[i], true
}

// Property is a node's property as the blueprint has it, functions raw: what a Scope answers.
func (b *Blueprint) Property(node string, path []any) (any, error) {
	return b.property(node, path, "payload")
}

// property stops at a function on its way: what that leads to is not known here.
func (b *Blueprint) property(node string, path []any, from string) (any, error) {
	n, ok := b.Node(node)
	if !ok {
		return nil, complain("'Node %s does not exist'", node)
	}
	value := any(n.Properties)
	for _, key := range path {
		if functionOf(value) != "" {
			return value, nil
		}
		inner, problem := step(value, normal(key))
		if problem != "" && n.open {
			return nil, nil
		}
		if problem != "" {
			return nil, noProperty(node, path, from)
		}
		value = inner
	}
	return value, nil
}

func noProperty(node string, path []any, from string) error {
	return failed("get_property", "Node template property '%s.properties.%s' referenced from '%s' doesn't exist.",
		node, identifier(path), from)
}

// Relationship leads from a node to another of the same blueprint.
type Relationship struct {
	Type, TargetID                     string
	TypeHierarchy                      []string
	Properties                         map[string]any
	SourceOperations, TargetOperations map[string]map[string]any
}
