// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// note is a line with which a script says what running it is like: a comment, and so nothing to a real Manager.
var note = regexp.MustCompile(`(?m)^[#/;]+ simulate: *(\{.*\})\s*$`)

// definition is a Python function and its parameters.
var definition = regexp.MustCompile(`(?m)^def (\w+)\(([^)]*)\):`)

// readNotes collects the notes of the archive's scripts, and the functions of its plugins.
func (p *parser) readNotes() error {
	p.blueprint.notes, p.blueprint.functions = map[string]map[string]any{}, map[string]string{}
	for name, content := range p.archive.files {
		if module, ok := strings.CutSuffix(path.Base(name), ".py"); ok {
			for _, found := range definition.FindAllSubmatch(content, -1) {
				p.blueprint.functions[module+"."+string(found[1])] = string(found[2])
			}
		}
		found := note.FindSubmatch(content)
		if found == nil {
			continue
		}
		var written map[string]any
		if err := yaml.Unmarshal(found[1], &written); err != nil {
			return broken("%s: what follows \"simulate:\" is no YAML: %s", name, err)
		}
		p.blueprint.notes[name] = normalMap(written)
	}
	p.blueprint.folder = p.folder
	return nil
}

// Note is what a script says of itself in a comment "# simulate: {…}", nil if it says nothing. The script is named as an operation
// or a workflow names it.
func (b *Blueprint) Note(script string) map[string]any {
	if i := strings.LastIndex(script, namespaceDelimiter); i >= 0 {
		script = script[i+len(namespaceDelimiter):]
	}
	return b.notes[path.Join(b.folder, script)]
}

// Takes reports whether the function of a workflow's plugin takes a parameter that the workflow does not declare. One that is not in
// the archive takes everything.
func (b *Blueprint) Takes(w Workflow, parameter string) bool {
	parameters, known := b.functions[w.Operation]
	return !known || strings.Contains(parameters, "**") || slices.Contains(strings.FieldsFunc(parameters, func(r rune) bool {
		return r == ',' || r == '=' || r == ' '
	}), parameter)
}
