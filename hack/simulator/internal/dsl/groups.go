// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"fmt"
	"slices"
	"strings"
)

// readGroups reads groups and the scaling policies over them. Both are only carried into the plan:
// nothing here scales.
func (p *parser) readGroups() error {
	if err := p.each("groups", p.readGroup); err != nil {
		return err
	}
	return p.each("policies", p.readPolicy)
}

func (p *parser) readGroup(path string, entry *field) error {
	if err := mapOf(at(path, entry), "members", "policies"); err != nil {
		return err
	}
	if err := required(path, entry.value, "members"); err != nil {
		return err
	}
	if err := typed(path, entry.value, "members", "list"); err != nil {
		return err
	}
	if p.nodes.has(entry.key) {
		return refuse(at(path, entry), "Both a group and a node template are named '%s'", entry.key)
	}
	var members []string
	for i, item := range entry.value.at("members").list {
		name, _ := item.text()
		if !p.nodes.has(name) && p.root.at("groups").field(name) == nil {
			return refuse(place{path: fmt.Sprintf("%s.members.%d", path, i), value: item},
				"Member '%s' of group '%s' does not match any defined node", item.show(), entry.key)
		}
		if !slices.Contains(members, name) {
			members = append(members, name)
		}
	}
	if len(members) == 0 {
		return refuse(at(path+".members", entry.value.field("members")), "At least one member should be specified")
	}
	p.groups.add(entry.key, map[string]any{
		"members":  anySlice(members),
		"policies": entry.value.at("policies").mapValue(),
	})
	return nil
}

func (p *parser) readPolicy(path string, entry *field) error {
	if err := mapOf(at(path, entry), "type", "properties", "targets"); err != nil {
		return err
	}
	for _, key := range []string{"type", "targets"} {
		if err := required(path, entry.value, key); err != nil {
			return err
		}
	}
	if typ := entry.value.at("type").show(); !strings.Contains(typ, scalingPolicy) {
		return refuse(at(path+".type", entry.value.field("type")),
			"'%s' policy type is not implemented. Only '%s' policy type is supported.", typ, scalingPolicy)
	}
	if err := typed(path, entry.value, "targets", "list"); err != nil {
		return err
	}
	targets := entry.value.at("targets").list
	if len(targets) == 0 {
		return refuse(at(path+".targets", entry.value.field("targets")),
			"Policy '%s' has no targets groups defined for it. At least one target group is required.", entry.key)
	}
	for i, target := range targets {
		if name, _ := target.text(); !p.groups.has(name) {
			return refuse(place{path: fmt.Sprintf("%s.targets.%d", path, i), value: target},
				"'%s' is not a valid policy target. Only groups are valid policy targets. Defined groups are %s.",
				target.show(), pyRepr(p.groups.names))
		}
	}
	_, err := readScaling(path, entry.value.field("properties"))
	return err
}

// policies is the policies of the plan, and the scaling groups that follow from them.
func (p *parser) policies() (policies, scalingGroups map[string]any) {
	policies, scalingGroups = map[string]any{}, map[string]any{}
	section := p.root.at("policies")
	if section == nil {
		return policies, scalingGroups
	}
	for _, f := range section.fields {
		properties, _ := readScaling("policies."+f.key, f.value.field("properties")) // was read without error before
		policies[f.key] = map[string]any{
			"type": f.value.at("type").value(), "properties": properties, "targets": f.value.at("targets").value(),
		}
		for _, target := range f.value.at("targets").list {
			name, _ := target.text()
			scalingGroups[name] = map[string]any{"members": p.groups.by[name]["members"], "properties": properties}
		}
	}
	return policies, scalingGroups
}
