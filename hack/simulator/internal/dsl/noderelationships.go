// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"fmt"
	"slices"
)

// readRelationships reads what a node relates to; at most one of its targets contains it.
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
	r.Properties, err = p.dataTypes.complete(e.at("properties").mapValue(), typ.properties, typ.open, words{
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
