// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// standIn is what the simulator knows of a plugin of which it has no plugin.yaml: names, and which workflows have rules of when
// they can run, which keep blueprints of older DSL versions from importing it. Its types are open: they take any properties, and
// say nothing of those that are not given.
type standIn struct {
	Plugins       []string            `yaml:"plugins"`
	NodeTypes     map[string][]string `yaml:"node_types"`    // by what they derive from
	Relationships map[string][]string `yaml:"relationships"` // likewise
	DataTypes     []string            `yaml:"data_types"`
	Workflows     []string            `yaml:"workflows"`

	Rules           map[string][]string `yaml:"rules"`            // how active the node instances may be, by workflow
	RulesEverywhere string              `yaml:"rules_everywhere"` // since this release of the plugin for every DSL version; "": never
}

// standIns are those that ship with the simulator, by the name of the plugin's package.
var standIns = sync.OnceValue(func() map[string]standIn {
	data, err := builtinFS.ReadFile("builtin/plugins.yaml")
	if err != nil {
		panic(err)
	}
	var all map[string]standIn
	if err := yaml.Unmarshal(data, &all); err != nil {
		panic(err)
	}
	return all
})

// standInFile begins the name of the file that a definition of a stand-in is said to be from.
const standInFile = "stand-in:"

// open reports whether a definition is of a stand-in.
func open(f *field) bool { return strings.HasPrefix(f.file, standInFile) }

// rulesSince is the DSL version that came with rules of when a workflow can run.
const rulesSince version = 4

// ruled reports whether the plugin's workflows come with rules where a release's parser reads a blueprint of DSL version v, which
// imports the newest release of the plugin that it allows. Before there were rules, plugins had none.
func (s standIn) ruled(r profile, v version, allowed string) bool {
	return len(r.versions) > int(rulesSince) && (v >= rulesSince || s.RulesEverywhere != "" && reaches(allowed, s.RulesEverywhere))
}

// write is the stand-in as a plugin.yaml, with the rules of its workflows or without.
func (s standIn) write(name string, ruled bool) string {
	var b strings.Builder
	section := func(name string, entries []string) {
		if len(entries) > 0 { // an empty section is refused
			fmt.Fprintf(&b, "%s:\n  %s\n", name, strings.Join(entries, "\n  "))
		}
	}
	var plugins, dataTypes, workflows []string
	for _, plugin := range s.Plugins {
		plugins = append(plugins, fmt.Sprintf("%s: {executor: central_deployment_agent, package_name: %s}", plugin, name))
	}
	for _, typ := range s.DataTypes {
		dataTypes = append(dataTypes, typ+": {}")
	}
	for _, workflow := range s.Workflows {
		rules := ""
		if states := s.Rules[workflow]; ruled && states != nil {
			rules = fmt.Sprintf(", availability_rules: {node_instances_active: [%s]}", strings.Join(states, ", "))
		}
		workflows = append(workflows, fmt.Sprintf("%[2]s: {mapping: %[1]s.%[2]s%[3]s}", s.Plugins[0], workflow, rules))
	}
	section("plugins", plugins)
	section("node_types", derived(s.NodeTypes))
	section("relationships", derived(s.Relationships))
	section("data_types", dataTypes)
	section("workflows", workflows)
	return b.String()
}

// derived writes types by what they derive from.
func derived(types map[string][]string) []string {
	var entries []string
	for _, parent := range slices.Sorted(maps.Keys(types)) {
		for _, typ := range types[parent] {
			entries = append(entries, fmt.Sprintf("%s: {derived_from: %s}", typ, parent))
		}
	}
	return entries
}

// ofManager are sections that the Manager takes from its own table of plugins, not from a plugin's file.
var ofManager = []string{"blueprint_labels", "labels", "resource_tags"}

// loadPlugin finds what plugin:spec imports: the file of a plugin that the simulator was given, otherwise a stand-in.
// Every release of the plugin that a blueprint names counts as present.
func (p *parser) loadPlugin(spec string, where place) (*element, error) {
	name, query, _ := strings.Cut(spec, "?")
	var allowed string
	for _, parameter := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' }) {
		switch key, value, _ := strings.Cut(parameter, "="); key {
		case "version":
			allowed = value
		case "distribution":
		default:
			return nil, refuse(where, "Error parsing spec for plugin %s: invalid parameter %s", name, key)
		}
	}
	data, file, err := p.pluginFile(name)
	if err != nil {
		return nil, err
	}
	if data == nil {
		known, ok := standIns()[name]
		if !ok {
			return nil, refuse(where, "Couldn't find plugin %q", spec)
		}
		data, file = []byte(known.write(name, known.ruled(p.profile, p.version, allowed))), standInFile+name
	}
	tree, err := loadYAML(data, file, fmt.Sprintf("Failed to parse import 'plugin:%s'(via '%s')", spec, file))
	if err != nil {
		return nil, err
	}
	if err := mapOf(place{value: tree}); err != nil {
		return nil, err
	}
	tree.fields = slices.DeleteFunc(tree.fields, func(f *field) bool { return slices.Contains(ofManager, f.key) })
	return tree, nil
}

var ofVersion = regexp.MustCompile(`_\d_\d+\.yaml$`)

// pluginFile is the file of a plugin that the simulator was given, nil if there is none: NAME.yaml, or of the files in the
// folder NAME that of the blueprint's DSL version, or the one without a version, or the only one.
func (p *parser) pluginFile(name string) (data []byte, file string, err error) {
	if p.given == nil || !fs.ValidPath(name) {
		return nil, "", nil
	}
	candidates, _ := fs.Glob(p.given, name+"/*.yaml")
	chosen := name + ".yaml"
	if len(candidates) > 0 {
		chosen = candidates[0]
		mine := "_" + strings.TrimPrefix(p.version.String(), "cloudify_dsl_") + ".yaml"
		unversioned := func(file string) bool { return !ofVersion.MatchString(file) }
		if i := slices.IndexFunc(candidates, func(file string) bool { return strings.HasSuffix(file, mine) }); i >= 0 {
			chosen = candidates[i]
		} else if i := slices.IndexFunc(candidates, unversioned); i >= 0 {
			chosen = candidates[i]
		}
	}
	data, err = fs.ReadFile(p.given, chosen)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid): // a name may be no path
		return nil, "", nil
	case err != nil:
		return nil, "", fmt.Errorf("read plugin %s: %w", name, err)
	}
	return data, path.Join("plugins", chosen), nil
}
