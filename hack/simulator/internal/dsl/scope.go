// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

// Scope answers what an intrinsic function asks about one deployment.
type Scope interface {
	Input(name string) (any, bool)
	Property(node string, path []any) (any, error)
	// Attribute is a runtime property of the node's only instance, or a property where it has none of
	// that name: nil when unset, a string beginning "<ERROR:" when no single instance can be meant.
	Attribute(node string, path []any) (any, error)
	Attributes(node string, attribute string) (map[string]any, error) // by node instance id
	Secret(key string) (any, error)
	Capability(deployment string, path []any) (any, error)
	Label(key string) ([]string, error)
	// Sys is [tenant, name] or [deployment, id | name | blueprint | owner]; get_consumers asks it
	// for [consumers, ids | names | count].
	Sys(group, name string) (any, error)
}

// GroupScope is a Scope that also knows deployment groups; without it get_group_capability fails.
type GroupScope interface {
	Scope
	GroupCapability(group string, path []any) (any, error)
}

// WithSelf is a scope in which SELF means a node: for what stands in the node's own properties.
func WithSelf(s Scope, node string) Scope { return selfScope{s, node} }

type selfScope struct {
	Scope
	node string
}

func (s selfScope) named(node string) string {
	if node == "SELF" {
		return s.node
	}
	return node
}

func (s selfScope) Property(node string, path []any) (any, error) {
	return s.Scope.Property(s.named(node), path)
}

func (s selfScope) Attribute(node string, path []any) (any, error) {
	return s.Scope.Attribute(s.named(node), path)
}

func (s selfScope) Attributes(node, attribute string) (map[string]any, error) {
	return s.Scope.Attributes(s.named(node), attribute)
}
