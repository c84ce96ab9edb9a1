// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "slices"

// Built-in types with a meaning to the parser.
const (
	computeType   = "cloudify.nodes.Compute"
	containedIn   = "cloudify.relationships.contained_in"
	scalingPolicy = "cloudify.policies.scaling"
	centralAgent  = "central_deployment_agent"
	hostAgent     = "host_agent"
)

type nodeType struct {
	hierarchy  []string
	open       bool // or derived from a type that is
	properties properties
	interfaces interfaces
}

type relationshipType struct {
	hierarchy      []string
	open           bool
	properties     properties
	source, target interfaces
}

// inOrder calls read for every definition of a section, each after its super type and after what
// else it needs.
func (p *parser) inOrder(section, what string, needs func(*element) []string,
	read func(path string, entry *field, parent string) error) error {
	all := p.root.at(section)
	done := map[string]bool{}
	var visit func(entry *field, below []string) error
	visit = func(entry *field, below []string) error {
		path := section + "." + entry.key
		if done[entry.key] {
			return nil
		}
		if slices.Contains(below, entry.key) {
			return circle(at(path, entry), append(below, entry.key))
		}
		if err := mapOf(at(path, entry)); err != nil {
			return err
		}
		if err := typed(path, entry.value, "derived_from", "string"); err != nil {
			return err
		}
		below = append(slices.Clone(below), entry.key)
		parent, _ := entry.value.at("derived_from").text()
		if parent != "" && all.field(parent) == nil {
			return refuse(at(path+".derived_from", entry.value.field("derived_from")),
				"Missing definition for %[1]s '%[2]s' which is declared as derived by %[1]s '%[3]s'", what, parent, entry.key)
		}
		for _, need := range append(needs(entry.value), parent) {
			if needed := all.field(need); needed != nil {
				if err := visit(needed, below); err != nil {
					return err
				}
			}
		}
		done[entry.key] = true
		return read(path, entry, parent)
	}
	return p.each(section, func(_ string, entry *field) error { return visit(entry, nil) })
}

func nothingElse(*element) []string { return nil }

func (p *parser) readNodeTypes() error {
	err := p.inOrder("node_types", "type", nothingElse, func(path string, entry *field, parent string) error {
		if err := mapOf(at(path, entry), "interfaces", "derived_from", "properties", "runtime_properties"); err != nil {
			return err
		}
		own, err := p.readProperties(path+".properties", entry.value.field("properties"), entry.key)
		if err != nil {
			return err
		}
		ops, err := p.readTypeInterfaces(path+".interfaces", entry.value.field("interfaces"))
		if err != nil {
			return err
		}
		t := &nodeType{hierarchy: []string{entry.key}, open: open(entry), properties: own, interfaces: ops}
		if super := p.nodeTypes.by[parent]; super != nil {
			t.hierarchy, t.open = append(slices.Clone(super.hierarchy), entry.key), t.open || super.open
			t.properties = p.inherit(own, super.properties)
			t.interfaces = mergeTypes(ops, super.interfaces)
		}
		p.nodeTypes.add(entry.key, t)
		return nil
	})
	if section := p.root.at("node_types"); section != nil {
		p.nodeTypes.names = keysOf(section) // the order written, not that of derivation
	}
	return err
}

func (p *parser) readRelationshipTypes() error {
	return p.inOrder("relationships", "relationship", nothingElse, func(path string, entry *field, parent string) error {
		if err := mapOf(at(path, entry), "derived_from", "properties", "source_interfaces", "target_interfaces"); err != nil {
			return err
		}
		own, err := p.readProperties(path+".properties", entry.value.field("properties"), entry.key)
		if err != nil {
			return err
		}
		source, err := p.readTypeInterfaces(path+".source_interfaces", entry.value.field("source_interfaces"))
		if err != nil {
			return err
		}
		target, err := p.readTypeInterfaces(path+".target_interfaces", entry.value.field("target_interfaces"))
		if err != nil {
			return err
		}
		t := &relationshipType{hierarchy: []string{entry.key}, open: open(entry), properties: own, source: source, target: target}
		if super := p.relationships.by[parent]; super != nil {
			t.hierarchy, t.open = append(slices.Clone(super.hierarchy), entry.key), t.open || super.open
			t.properties = p.inherit(own, super.properties)
			t.source = mergeTypes(source, super.source)
			t.target = mergeTypes(target, super.target)
		}
		for _, ops := range []interfaces{t.source, t.target} {
			if _, err := p.operations(ops, "Relationship '"+entry.key+"'"); err != nil {
				return refuse(at(path, entry), "%s", err)
			}
		}
		p.relationships.add(entry.key, t)
		return nil
	})
}

func keysOf(section *element) []string {
	keys := make([]string, len(section.fields))
	for i, f := range section.fields {
		keys[i] = f.key
	}
	return keys
}
