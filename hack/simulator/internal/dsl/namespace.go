// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"slices"
	"strings"
)

// Sections whose entries get their file's namespace; built-in names never do.
var namespaced = []string{"inputs", "plugins", "node_types", "relationships", "node_templates", "policy_types",
	"policy_triggers", "groups", "policies", "workflows", "outputs", "data_types", "capabilities"}

// putInNamespace prefixes what a file defines, and what it refers to.
func putInNamespace(tree *element, namespace string) {
	n := namespaceWriter{prefix: namespace + namespaceDelimiter}
	if plugins := tree.at("plugins"); plugins.isMap() {
		n.plugins = keysOf(plugins)
	}
	for _, section := range namespaced {
		e := tree.at(section)
		if !e.isMap() {
			continue
		}
		for _, f := range e.fields {
			f.key = n.name(f.key)
			n.definition(section, f.value)
		}
	}
}

type namespaceWriter struct {
	prefix  string
	plugins []string // the file's own
}

func (n namespaceWriter) name(name string) string {
	if strings.HasPrefix(name, "cloudify.") || isPrimitive(name) || strings.HasPrefix(name, n.prefix) {
		return name
	}
	return n.prefix + name
}

func (n namespaceWriter) rename(f *field) {
	if f == nil {
		return
	}
	if s, ok := f.value.text(); ok {
		f.value.scalar = n.name(s)
	}
	for _, item := range f.value.list {
		if s, ok := item.text(); ok {
			item.scalar = n.name(s)
		}
	}
}

// definition renames the references in one entry of a section.
func (n namespaceWriter) definition(section string, e *element) {
	switch section {
	case "node_types", "relationships", "data_types":
		n.rename(e.field("derived_from"))
	case "node_templates", "inputs":
		n.rename(e.field("type"))
	case "groups":
		n.rename(e.field("members"))
	case "policies":
		n.rename(e.field("targets"))
	}
	if section == "workflows" {
		n.renamePlugin(e)
	}
	n.renameInterfaces(e)
	if list := e.at("relationships"); list.isList() {
		for _, r := range list.list {
			n.rename(r.field("type"))
			n.rename(r.field("target"))
			n.renameInterfaces(r)
		}
	}
	if properties := e.at("properties"); properties.isMap() && section != "node_templates" {
		for _, f := range properties.fields {
			n.rename(f.value.field("type"))
		}
	}
	n.references(e)
}

// renameInterfaces renames the plugins of operations that are written as a mapping alone.
func (n namespaceWriter) renameInterfaces(owner *element) {
	for _, key := range []string{"interfaces", "source_interfaces", "target_interfaces"} {
		section := owner.at(key)
		if section == nil {
			continue
		}
		for _, iface := range section.fields {
			for _, op := range iface.value.fields {
				n.renamePlugin(op.value)
			}
		}
	}
}

func (n namespaceWriter) renamePlugin(mapping *element) {
	s, ok := mapping.text()
	if plugin, _, _ := strings.Cut(s, "."); ok && slices.Contains(n.plugins, plugin) {
		mapping.scalar = n.name(s)
	}
}

// references renames what functions name, and the plugins of operations and workflows.
func (n namespaceWriter) references(e *element) {
	if e == nil {
		return
	}
	for _, item := range e.list {
		n.references(item)
	}
	for _, f := range e.fields {
		switch f.key {
		case "get_input":
			n.rename(firstOf(f))
		case "get_property", "get_attribute", "get_attributes_list", "get_attributes_dict":
			if first := firstOf(f); first != nil && !slices.Contains([]string{"SELF", "SOURCE", "TARGET"}, first.value.show()) {
				n.rename(first)
			}
		case "implementation", "mapping":
			n.renamePlugin(f.value)
		}
		n.references(f.value)
	}
}

// firstOf is a function's argument, the first if it has several.
func firstOf(f *field) *field {
	if f.value.isList() && len(f.value.list) > 0 {
		return &field{value: f.value.list[0]}
	}
	if f.value.isList() {
		return nil
	}
	return f
}
