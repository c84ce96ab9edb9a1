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
	n := &nodeTemplate{Node: Node{ID: id, Type: typeName, TypeHierarchy: typ.hierarchy, open: typ.open}}
	var err error
	n.Properties, err = p.dataTypes.complete(e.at("properties").mapValue(), typ.properties, typ.open, words{
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

// targetsFirst orders the nodes so that each comes after those it relates to, and otherwise as written.
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
