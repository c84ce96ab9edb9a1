// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"io/fs"
	"path"
	"slices"
)

// parser goes through one blueprint; what an early step finds out, later ones use.
type parser struct {
	archive *Archive
	folder  string // of the main file, from the archive's top
	given   fs.FS  // plugins
	profile profile
	version version
	root    *element // all files merged

	dataTypes     dataTypes
	plugins       named[map[string]any]
	missing       map[string]bool // plugins that nobody installs and the Manager does not have
	nodeTypes     named[*nodeType]
	relationships named[*relationshipType]
	inputs        named[Input]
	nodes         named[*nodeTemplate]
	groups        named[map[string]any]

	blueprint *Blueprint
}

// Parse reads the archive's main file and what it imports. Without a name it is blueprint.yaml.
func Parse(a *Archive, mainFile string, opts Options) (*Blueprint, error) {
	data, err := mainOf(a, &mainFile)
	if err != nil {
		return nil, err
	}
	main, err := loadYAML(data, a.location(mainFile), "Failed to parse DSL")
	if err != nil {
		return nil, err
	}
	p := &parser{archive: a, folder: path.Dir(mainFile), given: opts.Plugins, profile: profileOf(opts.Release), blueprint: &Blueprint{}}
	steps := []func() error{
		func() error { return p.readVersion(main) },
		func() error { return p.readImports(main, mainFile) },
		p.checkSections,
		p.readDataTypes,
		p.readPlugins,
		p.readNodeTypes,
		p.readRelationshipTypes,
		p.readInputs,
		p.readNodes,
		p.readGroups,
		p.readWorkflows,
		p.readNotes,
		p.readOutputs,
		p.readLabels,
		p.checkDefaults,
		p.checkFunctions,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	p.writePlan()
	return p.blueprint, nil
}

const defaultMainFile = "blueprint.yaml"

func mainOf(a *Archive, name *string) ([]byte, error) {
	if *name == "" {
		*name = defaultMainFile
		if _, ok := a.files[*name]; !ok {
			return nil, &Error{StateFailedExtracting, "Application directory is missing blueprint.yaml " +
				"and application_file_name query parameter was not passed"}
		}
	}
	data, ok := a.files[*name]
	if !ok {
		return nil, &Error{StateFailedExtracting, *name + " does not exist in the application directory"}
	}
	return data, nil
}

// location is a file of the archive as the Manager's messages show it.
func (a *Archive) location(file string) string { return "<workdir>/" + a.top + "/" + file }

func (p *parser) readVersion(main *element) error {
	if err := mapOf(place{value: main}); err != nil {
		return err
	}
	const key = "tosca_definitions_version"
	if err := typed("", main, key, "string"); err != nil {
		return err
	}
	raw, ok := main.at(key).text()
	if !ok {
		return refuse(place{path: key}, "%s field must appear in the main blueprint file", key)
	}
	minor := slices.Index(p.profile.versions, raw)
	if minor < 0 {
		return refuse(at(key, main.field(key)), "Unexpected tosca_definitions_version %s; Currently supported versions are: %s",
			raw, pyRepr(p.profile.versions))
	}
	p.version = version(minor)
	p.blueprint.DSLVersion = raw
	if f := main.field("dsl_definitions"); f != nil {
		return p.require(2, at(f.key, f), f.key)
	}
	return nil
}

// sections of a blueprint in the order the Manager names them.
var sections = []string{
	"tosca_definitions_version", "description", "imports", "dsl_definitions", "metadata", "inputs", "plugins",
	"node_types", "relationships", "node_templates", "policy_types", "policy_triggers", "groups", "policies",
	"workflows", "outputs", "data_types", "capabilities", "imported_blueprints", "namespaces_mapping", "labels",
	"blueprint_labels", "deployment_settings", "resource_tags",
}

func (p *parser) checkSections() error {
	if err := mapOf(place{value: p.root}, sections...); err != nil {
		return err
	}
	for _, key := range []string{
		"metadata", "inputs", "plugins", "node_types", "relationships", "node_templates", "policy_types",
		"policy_triggers", "groups", "policies", "workflows", "outputs", "data_types", "capabilities",
		"labels", "blueprint_labels", "deployment_settings", "resource_tags",
	} {
		if f := p.root.field(key); f != nil {
			if err := mapOf(at(key, f)); err != nil {
				return err
			}
		}
	}
	if err := typed("", p.root, "description", "string"); err != nil {
		return err
	}
	for key, since := range map[string]version{"description": 2, "data_types": 2, "policies": 3, "resource_tags": 3} {
		if f := p.root.field(key); f != nil && !f.value.isNull() && !p.onlyBuiltin(f.value) {
			if err := p.require(since, at(key, f), key); err != nil {
				return err
			}
		}
	}
	p.blueprint.Description, _ = p.root.at("description").text()
	return nil
}

// onlyBuiltin reports whether a section has nothing but what the Manager's own types put there.
func (p *parser) onlyBuiltin(section *element) bool {
	return len(section.fields) > 0 && !slices.ContainsFunc(section.fields, func(f *field) bool { return f.file != builtinFile })
}

// each calls f for every entry of a section.
func (p *parser) each(section string, f func(path string, entry *field) error) error {
	if e := p.root.at(section); e != nil {
		for _, entry := range e.fields {
			if err := f(section+"."+entry.key, entry); err != nil {
				return err
			}
		}
	}
	return nil
}
