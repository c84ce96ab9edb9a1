// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"slices"
	"strings"
)

// pluginKeys are the members of a plugin, and since when blueprints may have them.
var pluginKeys = []struct {
	name  string
	since version
}{
	{"source", 0}, {"executor", 0}, {"install", 0}, {"install_arguments", 1}, {"package_name", 2}, {"package_version", 2},
	{"supported_platform", 2}, {"distribution", 2}, {"distribution_version", 2}, {"distribution_release", 2},
	{"properties_description", 5}, {"properties", 5},
}

func (p *parser) readPlugins() error {
	p.missing = map[string]bool{}
	return p.each("plugins", func(path string, entry *field) error {
		var keys []string
		for _, key := range pluginKeys {
			keys = append(keys, key.name)
		}
		if err := mapOf(at(path, entry), keys...); err != nil {
			return err
		}
		for _, key := range pluginKeys {
			if f := entry.value.field(key.name); f != nil && !f.value.isNull() {
				if err := p.require(key.since, at(join(path, key.name), f), key.name); err != nil {
					return err
				}
			}
		}
		if err := typed(path, entry.value, "properties_description", "string"); err != nil {
			return err
		}
		if f := entry.value.field("properties"); f != nil {
			if err := p.checkPluginProperties(join(path, "properties"), f); err != nil {
				return err
			}
		}
		if err := required(path, entry.value, "executor"); err != nil {
			return err
		}
		executor, _ := entry.value.at("executor").text()
		if executor != centralAgent && executor != hostAgent {
			return refuse(at(path+".executor", entry.value.field("executor")),
				"Plugin '%s' has an illegal 'executor' value '%s'; value must be either '%s' or '%s'",
				entry.key, entry.value.at("executor").show(), centralAgent, hostAgent)
		}
		plugin := map[string]any{"name": entry.key}
		for _, key := range keys {
			plugin[key] = entry.value.at(key).value()
		}
		if plugin["install"] == nil {
			plugin["install"] = true
		}
		if plugin["install"] == true && plugin["source"] == nil && plugin["package_name"] == nil {
			return refuse(at(path, entry), "Plugin '%s' needs to be installed, but does not declare a source or package_name property",
				entry.key)
		}
		here := at(path, entry)
		p.missing[entry.key] = plugin["install"] == false && !p.builtin(here) && !open(entry)
		p.plugins.add(entry.key, plugin)
		return nil
	})
}

func (p *parser) checkPluginProperties(path string, section *field) error {
	if err := mapOf(at(path, section)); err != nil || section.value.isNull() {
		return err
	}
	for _, f := range section.value.fields {
		where := at(join(path, f.key), f)
		if err := mapOf(where, "description", "type", "display_label", "value"); err != nil {
			return err
		}
		if err := p.checkType(where, "type", "Illegal type name '%s'"); err != nil {
			return err
		}
	}
	return nil
}

// pluginOf is the plugin whose name a mapping begins with, and the rest of the mapping; "" if there is none.
func (p *parser) pluginOf(operation, mapping string) (plugin, rest string, err error) {
	candidates := slices.Collect(func(yield func(string) bool) {
		for _, name := range p.plugins.names {
			if strings.HasPrefix(mapping, name+".") && !yield(name) {
				return
			}
		}
	})
	switch len(candidates) {
	case 0:
		return "", "", nil
	case 1:
		return candidates[0], strings.TrimPrefix(mapping, candidates[0]+"."), nil
	}
	return "", "", complain("Ambiguous operation mapping. [operation=%s, plugins=%s]", operation, pyRepr(candidates))
}
