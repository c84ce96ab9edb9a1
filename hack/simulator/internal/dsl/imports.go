// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// source is one file of a blueprint: the main one, an imported one, or the built-in types.
type source struct {
	name      string // in the archive
	namespace string
	builtin   bool
	tree      *element
}

// readImports loads what the main file imports, breadth first so that importers come before the
// imported, and merges all into one tree.
func (p *parser) readImports(main *element, mainFile string) error {
	sources := []*source{{name: mainFile, tree: main}}
	where := place{path: "imports"}
	if f := main.field("imports"); f != nil {
		where = at("imports", f)
	}
	for i := 0; i < len(sources); i++ {
		importer := sources[i]
		urls, err := p.importsOf(importer)
		if err != nil {
			return err
		}
		for _, url := range urls {
			imported, err := p.load(url, importer, where)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(sources, imported.same) {
				sources = append(sources, imported)
			}
		}
	}
	p.root = &element{kind: main.kind, file: main.file}
	for _, s := range sources {
		if err := p.checkImportVersion(s, where); err != nil {
			return err
		}
		if s.namespace != "" && !s.builtin {
			putInNamespace(s.tree, s.namespace)
		}
		if err := p.merge(s, where); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) same(other *source) bool {
	return s.name == other.name && s.namespace == other.namespace && s.builtin == other.builtin
}

func (p *parser) importsOf(s *source) ([]string, error) {
	f := s.tree.field("imports")
	if f == nil || f.value.isNull() {
		return nil, nil
	}
	if err := typed("", s.tree, "imports", "list"); err != nil {
		return nil, err
	}
	var urls []string
	for i, item := range f.value.list {
		url, ok := item.text()
		if item.isMap() { // a plugin with properties
			if len(item.fields) != 1 {
				return nil, refuse(at("imports", f), "Import with properties should be a single-entry dictionary")
			}
			url, ok = item.fields[0].key, true
		}
		if !ok {
			return nil, refuse(place{path: fmt.Sprintf("imports.%d", i), value: item},
				"The import statement should be either a string or a dictionary")
		}
		if slices.Contains(urls, url) {
			return nil, refuse(at("imports", f), "Duplicate imports")
		}
		urls = append(urls, url)
	}
	return urls, nil
}

const namespaceDelimiter = "--"

// load finds one import: the built-in types, a file beside the importer, a file from the archive's top.
func (p *parser) load(url string, importer *source, where place) (*source, error) {
	namespace, name := importer.namespace, url
	if i := strings.LastIndex(url, namespaceDelimiter); i >= 0 {
		own := url[:i]
		if strings.Contains(own, namespaceDelimiter) {
			return nil, refuse(where, "Invalid %s: import's namespace cannotcontain namespace delimiter", own)
		}
		name = url[i+len(namespaceDelimiter):]
		if namespace != "" {
			own = namespace + namespaceDelimiter + own
		}
		namespace = own
	}
	if name == builtinTypes || typesURL.MatchString(name) {
		if namespace != importer.namespace {
			return nil, refuse(where, "Invalid import namespace %s: cannot be used on Cloudify basic types.", namespace)
		}
		types := p.profile.typesVersion(p.version)
		if name != builtinTypes { // those were published when there was nothing newer
			types = min(types, publishedTypes)
		}
		return &source{name: builtinTypes, builtin: true, tree: p.profile.loadBuiltin(types)}, nil
	}
	if plugin, ok := strings.CutPrefix(name, "plugin:"); ok {
		tree, err := p.loadPlugin(strings.TrimSpace(plugin), where)
		return &source{name: name, namespace: namespace, tree: tree}, err
	}
	for _, candidate := range []string{path.Join(path.Dir(importer.name), name), path.Clean(name)} {
		data, ok := p.archive.files[candidate]
		if !ok {
			continue
		}
		file := p.archive.location(candidate)
		tree, err := loadYAML(data, file, fmt.Sprintf("Failed to parse import '%s'(via 'file://%s')", url, file))
		if err != nil {
			return nil, err
		}
		if err := mapOf(place{value: tree}); err != nil {
			return nil, err
		}
		return &source{name: candidate, namespace: namespace, tree: tree}, nil
	}
	return nil, notFound(name, where)
}

// typesURL is where the built-in types of each release were published; Managers have them at hand.
var typesURL = regexp.MustCompile(`^https?://(?:www\.)?(?:getcloudify\.org|cloudify\.co)/spec/cloudify/[^/]+/types\.yaml$`)

// publishedTypes is the DSL version of the types that were published.
const publishedTypes version = 3

// notFound is the refusal of an import that is neither built in nor in the archive. Nothing is
// fetched from elsewhere, and no other blueprints can be imported.
func notFound(name string, where place) error {
	switch {
	case strings.HasPrefix(name, "blueprint:"):
		return refuse(where, "Requested blueprint import `%s` was not found", strings.TrimPrefix(name, "blueprint:"))
	case strings.Contains(name, "://"):
		return refuse(where, "Import failed: Unable to open import url %s; 404 (%s) : Not Found", name, name)
	default:
		return refuse(where, "Import failed: Unable to open import url resource:%s; 404 (https://manager.example/resources/%s) : Not Found",
			name, name)
	}
}

func (p *parser) checkImportVersion(s *source, where place) error {
	raw, ok := s.tree.at("tosca_definitions_version").text()
	if !ok || slices.Index(p.profile.versions, raw) <= int(p.version) && slices.Contains(p.profile.versions, raw) {
		return nil
	}
	url := "file://" + p.archive.location(s.name)
	if s.builtin {
		url = builtinFile
	}
	return refuse(where, "An import uses a different tosca_definitions_version than the one defined in the main blueprint's file: "+
		"main blueprint's file version is '%s', import with different version is '%s', version of problematic import is '%s'",
		p.blueprint.DSLVersion, url, raw)
}

// Sections that more than one file may have; the second group only from cloudify_dsl_1_3 on.
var (
	mergeable = []string{"interfaces", "node_types", "plugins", "workflows", "relationships", "policy_types",
		"groups", "policy_triggers", "data_types"}
	mergeableSince3 = []string{"inputs", "outputs", "node_templates", "capabilities", "blueprint_labels", "labels", "resource_tags"}
	firstWins       = []string{"description", "metadata", "tosca_definitions_version"}
	neverMerged     = []string{"dsl_definitions", "imports"}
)

func (p *parser) merge(s *source, where place) error {
	for _, f := range s.tree.fields {
		into := p.root.field(f.key)
		switch {
		case slices.Contains(neverMerged, f.key):
		case into == nil:
			p.root.set(f.copy())
		case slices.Contains(firstWins, f.key):
		case slices.Contains(mergeable, f.key), p.version >= 3 && slices.Contains(mergeableSince3, f.key):
			if into.value.isNull() { // a section that is empty in one file can be in no other
				return broken("Value is expected to be a dictionary while it is of type NoneType")
			}
			if f.value.isNull() {
				return broken("'NoneType' object has no attribute 'items'")
			}
			if err := mergeSection(into, f, where); err != nil {
				return err
			}
		case slices.Contains(mergeableSince3, f.key):
			return refuse(where, "Import failed: non-mergeable field: '%s'. %s can be imported multiple times only from "+
				"cloudify_dsl_1_3 and above.", f.key, f.key)
		default:
			return refuse(where, "Import failed: non-mergeable field: '%s'", f.key)
		}
	}
	return nil
}

// copy is the field with a list of entries of its own, for others to be merged into.
func (f *field) copy() *field {
	value := *f.value
	value.fields = slices.Clone(value.fields)
	c := *f
	c.value = &value
	return &c
}

func mergeSection(into, from *field, where place) error {
	for _, entry := range from.value.fields {
		switch existing := into.value.field(entry.key); {
		case existing == nil || strings.HasPrefix(entry.key, "cloudify."):
			into.value.set(entry)
		case slices.Contains([]string{"labels", "blueprint_labels", "resource_tags", "workflows"}, into.key):
			// The importer's own stands.
		default:
			return refuse(where, "Import failed: Could not merge '%s' due to conflict on '%s'", into.key, entry.key)
		}
	}
	return nil
}
