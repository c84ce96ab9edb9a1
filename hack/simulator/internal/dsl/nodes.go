// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"fmt"
	"maps"
	"slices"
)

// nodeTemplate is a node while it is read: the result, and what only the plan shows of it.
type nodeTemplate struct {
	Node
	scalable  map[string]any
	instances any
	plugins   []map[string]any
	interf    interfaces
}

func (p *parser) readNodes() error {
	section := p.root.field("node_templates")
	err := p.each("node_templates", func(path string, entry *field) error {
		n, err := p.readNode(at(path, entry))
		if err != nil {
			return err
		}
		p.nodes.add(entry.key, n)
		return nil
	})
	if err != nil || section == nil {
		return err
	}
	if p.nodes.names, err = p.targetsFirst(at("node_templates", section)); err != nil {
		return err
	}
	for _, name := range p.nodes.names {
		n := p.nodes.by[name]
		n.HostID = p.hostOf(n)
		n.plugins = p.pluginsOf(n)
	}
	for i, name := range p.nodes.names {
		n := p.nodes.by[name]
		if err := checkAgents(n, at("node_templates", section)); err != nil {
			return err
		}
		p.blueprint.Nodes = append(p.blueprint.Nodes, n.Node)
		if p.blueprint.nodeIndex == nil {
			p.blueprint.nodeIndex = map[string]int{}
		}
		p.blueprint.nodeIndex[name] = i
	}
	return nil
}

func (p *parser) readNode(where place) (*nodeTemplate, error) {
	e, id := where.value, where.field.key
	if err := mapOf(where, "type", "instances", "capabilities", "interfaces", "relationships", "properties"); err != nil {
		return nil, err
	}
	if err := required(where.path, e, "type"); err != nil {
		return nil, err
	}
	if err := typed(where.path, e, "type", "string"); err != nil {
		return nil, err
	}
	if err := typed(where.path, e, "properties", "dict"); err != nil {
		return nil, err
	}
	typeName, _ := e.at("type").text()
	typ := p.nodeTypes.by[typeName]
	if typ == nil {
		return nil, refuse(at(where.path+".type", e.field("type")),
			"Could not locate node type: '%s'; existing types: %s", typeName, pyRepr(p.nodeTypes.names))
	}
	n := &nodeTemplate{Node: Node{ID: id, Type: typeName, TypeHierarchy: typ.hierarchy}}
	var err error
	n.Properties, err = p.dataTypes.complete(e.at("properties").mapValue(), typ.properties, words{
		undefined: "'%s' node '%s' property is not part of the derived type properties schema",
		missing:   "'%s' node does not provide a value for mandatory '%s' property which is part of its type schema",
	}, id)
	if err != nil {
		return nil, refuse(entryOr(where, "properties"), "%s", err)
	}
	own, err := p.readTemplateInterfaces(where.path+".interfaces", e.field("interfaces"))
	if err != nil {
		return nil, err
	}
	if n.interf, err = applyTemplate(own, typ.interfaces); err != nil {
		return nil, refuse(where, "%s", err)
	}
	n.Interfaces = shown(n.interf)
	if n.Operations, err = p.operations(n.interf, fmt.Sprintf("in node '%s' of type '%s'", id, typeName)); err != nil {
		return nil, refuse(where, "%s", err)
	}
	if err := p.readScalable(n, where); err != nil {
		return nil, err
	}
	return n, p.readRelationships(n, where)
}

// entryOr is the place of an entry, or of its owner's missing one.
func entryOr(owner place, key string) place {
	if f := owner.value.field(key); f != nil {
		return at(join(owner.path, key), f)
	}
	return place{path: join(owner.path, key)}
}

func (p *parser) readRelationships(n *nodeTemplate, where place) error {
	if err := typed(where.path, where.value, "relationships", "list"); err != nil {
		return err
	}
	list := where.value.at("relationships")
	if list == nil {
		return nil
	}
	var containers []Relationship
	for i, item := range list.list {
		r, err := p.readRelationship(n.ID, place{path: fmt.Sprintf("%s.relationships.%d", where.path, i), value: item})
		if err != nil {
			return err
		}
		n.Relationships = append(n.Relationships, r)
		if slices.Contains(r.TypeHierarchy, containedIn) {
			containers = append(containers, r)
		}
	}
	if len(containers) > 1 {
		var types, targets []string
		for _, r := range containers {
			types, targets = append(types, r.Type), append(targets, r.TargetID)
		}
		return refuse(at(where.path+".relationships", where.value.field("relationships")),
			"Node '%s' has more than one relationship that is derived from '%s' relationship. Found: %s for targets: %s",
			n.ID, containedIn, pyRepr(types), pyRepr(targets))
	}
	return nil
}

func (p *parser) readRelationship(node string, where place) (Relationship, error) {
	e, r := where.value, Relationship{}
	if err := mapOf(where, "type", "target", "properties", "source_interfaces", "target_interfaces"); err != nil {
		return r, err
	}
	for _, key := range []string{"type", "target"} {
		if err := required(where.path, e, key); err != nil {
			return r, err
		}
		if err := typed(where.path, e, key, "string"); err != nil {
			return r, err
		}
	}
	r.Type, _ = e.at("type").text()
	r.TargetID, _ = e.at("target").text()
	typ := p.relationships.by[r.Type]
	if typ == nil {
		return r, refuse(at(where.path+".type", e.field("type")),
			"A relationship instance under node '%s' declares an undefined relationship type '%s'", node, r.Type)
	}
	r.TypeHierarchy = typ.hierarchy
	target := at(where.path+".target", e.field("target"))
	switch {
	case p.root.at("node_templates").field(r.TargetID) == nil:
		return r, refuse(target, "A relationship instance under node '%s' of type '%s' declares an undefined target node '%s'",
			node, r.Type, r.TargetID)
	case r.TargetID == node:
		return r, refuse(target, "A relationship instance under node '%s' of type '%s' illegally declares the source node as the target node",
			node, r.Type)
	}
	var err error
	r.Properties, err = p.dataTypes.complete(e.at("properties").mapValue(), typ.properties, words{
		undefined: "'%s' node relationship '%s' property is not part of the derived relationship type properties schema",
		missing:   "'%s' node relationship does not provide a value for mandatory '%s' property which is part of its relationship type schema",
	}, node)
	if err != nil {
		return r, refuse(entryOr(where, "properties"), "%s", err)
	}
	if r.SourceOperations, err = p.relationshipOperations(r, node, where, "source_interfaces", typ.source); err != nil {
		return r, err
	}
	r.TargetOperations, err = p.relationshipOperations(r, r.TargetID, where, "target_interfaces", typ.target)
	return r, err
}

func (p *parser) relationshipOperations(r Relationship, node string, where place, key string, declared interfaces) (map[string]map[string]any, error) {
	own, err := p.readTemplateInterfaces(where.path+"."+key, where.value.field(key))
	if err != nil {
		return nil, err
	}
	merged, err := applyTemplate(own, declared)
	if err != nil {
		return nil, refuse(where, "%s", err)
	}
	ops, err := p.operations(merged, fmt.Sprintf("in relationship of type '%s' in node '%s'", r.Type, node))
	if err != nil {
		return nil, refuse(where, "%s", err)
	}
	return ops, nil
}

// targetsFirst orders the nodes so that each comes after those it relates to, else as written.
func (p *parser) targetsFirst(where place) ([]string, error) {
	var ordered []string
	var visit func(name string, below []string) error
	visit = func(name string, below []string) error {
		if slices.Contains(ordered, name) {
			return nil
		}
		if i := slices.Index(below, name); i >= 0 {
			return circle(where, append(slices.Clone(below[i:]), name))
		}
		for _, r := range p.nodes.by[name].Relationships {
			if err := visit(r.TargetID, append(slices.Clone(below), name)); err != nil {
				return err
			}
		}
		ordered = append(ordered, name)
		return nil
	}
	for _, name := range p.nodes.names {
		if err := visit(name, nil); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

// hostOf is the Compute node that a node is or, through its containers, is on.
func (p *parser) hostOf(n *nodeTemplate) string {
	if slices.Contains(n.TypeHierarchy, computeType) {
		return n.ID
	}
	for _, r := range n.Relationships {
		if slices.Contains(r.TypeHierarchy, containedIn) {
			return p.nodes.by[r.TargetID].HostID
		}
	}
	return ""
}

// pluginsOf are the plugins of all operations that run for a node: its own, and as either end of a relationship.
func (p *parser) pluginsOf(n *nodeTemplate) []map[string]any {
	operations := []map[string]map[string]any{n.Operations}
	for _, name := range p.nodes.names {
		for _, r := range p.nodes.by[name].Relationships {
			if name == n.ID {
				operations = append(operations, r.SourceOperations)
			}
			if r.TargetID == n.ID {
				operations = append(operations, r.TargetOperations)
			}
		}
	}
	var plugins []map[string]any
	for _, ops := range operations {
		for _, name := range slices.Sorted(maps.Keys(ops)) {
			plugin, ok := p.plugins.by[ops[name]["plugin"].(string)]
			if !ok {
				continue
			}
			plugin = maps.Clone(plugin)
			plugin["executor"] = ops[name]["executor"]
			if !slices.ContainsFunc(plugins, func(other map[string]any) bool {
				return other["name"] == plugin["name"] && other["executor"] == plugin["executor"]
			}) {
				plugins = append(plugins, plugin)
			}
		}
	}
	return plugins
}

// checkAgents refuses an operation that only an agent could run on a node that is on no host.
func checkAgents(n *nodeTemplate, where place) error {
	for _, plugin := range n.plugins {
		if n.HostID == "" && plugin["executor"] == hostAgent {
			return refuse(where, "node '%s' has no relationship which makes it contained within a host and it has a plugin '%s' "+
				"with '%s' as an executor. These types of plugins must be installed on a host", n.ID, plugin["name"], hostAgent)
		}
	}
	return nil
}
