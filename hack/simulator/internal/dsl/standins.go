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

// standIn is what the simulator knows of a plugin of which it has no plugin.yaml: names. Its types are open: they take any
// properties, and say nothing of those that are not given.
type standIn struct {
	Plugins       []string            `yaml:"plugins"`
	NodeTypes     map[string][]string `yaml:"node_types"`    // by what they derive from
	Relationships map[string][]string `yaml:"relationships"` // likewise
	DataTypes     []string            `yaml:"data_types"`
	Workflows     []string            `yaml:"workflows"`
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

// open tells whether a definition is of a stand-in.
func open(f *field) bool { return strings.HasPrefix(f.file, standInFile) }

// write is the stand-in as a plugin.yaml.
func (s standIn) write(name string) string {
	var b strings.Builder
	b.WriteString("plugins:\n")
	for _, plugin := range s.Plugins {
		fmt.Fprintf(&b, "  %s: {executor: central_deployment_agent, package_name: %s}\n", plugin, name)
	}
	for _, section := range []struct {
		name  string
		types map[string][]string
	}{{"node_types", s.NodeTypes}, {"relationships", s.Relationships}} {
		fmt.Fprintf(&b, "%s:\n", section.name)
		for _, parent := range slices.Sorted(maps.Keys(section.types)) {
			for _, typ := range section.types[parent] {
				fmt.Fprintf(&b, "  %s: {derived_from: %s}\n", typ, parent)
			}
		}
	}
	b.WriteString("data_types:\n")
	for _, typ := range s.DataTypes {
		fmt.Fprintf(&b, "  %s: {}\n", typ)
	}
	b.WriteString("workflows:\n")
	for _, workflow := range s.Workflows {
		fmt.Fprintf(&b, "  %s: %s.%s\n", workflow, s.Plugins[0], workflow)
	}
	return b.String()
}

// ofManager are sections that the Manager takes from its own table of plugins, not from a plugin's file.
var ofManager = []string{"blueprint_labels", "labels", "resource_tags"}

// loadPlugin finds what plugin:spec imports: the file of a plugin that the simulator was given, else a stand-in. Whatever
// version is asked for is there.
func (p *parser) loadPlugin(spec string, where place) (*element, error) {
	name, query, _ := strings.Cut(spec, "?")
	for _, parameter := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' }) {
		if key, _, _ := strings.Cut(parameter, "="); key != "version" && key != "distribution" {
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
		data, file = []byte(known.write(name)), standInFile+name
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
// folder NAME that of the blueprint's DSL version, else the one of no version, else the only one.
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
