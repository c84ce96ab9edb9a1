// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// maxElements bounds what aliases in one file may expand to.
const maxElements = 200_000

// element is a YAML value that remembers where it was written. A scalar has neither list nor fields.
type element struct {
	kind         yaml.Kind // ScalarNode, SequenceNode or MappingNode
	scalar       any
	list         []*element
	fields       []*field // in the order written
	file         string
	line, column int // line from 1, column from 0, as the Manager counts
}

// field is an entry of a map.
type field struct {
	key, keyType string // the key's type is "string" but for a key that is none
	value        *element
	file         string
	line, column int
}

// loadYAML reads one file. An empty one is an empty map.
func loadYAML(data []byte, file, purpose string) (*element, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, yamlError(data, purpose, err)
	}
	if len(document.Content) == 0 {
		return &element{kind: yaml.MappingNode, file: file}, nil
	}
	l := &loader{file: file}
	root, err := l.element(document.Content[0])
	if err != nil {
		return nil, err
	}
	if root.kind == yaml.ScalarNode && root.scalar == nil {
		root = &element{kind: yaml.MappingNode, file: file}
	}
	return root, nil
}

type loader struct {
	file  string
	count int
	open  []*yaml.Node // anchors being expanded
}

func (l *loader) element(n *yaml.Node) (*element, error) {
	if l.count++; l.count > maxElements {
		return nil, &Error{StateFailedParsing, "Failed parsing blueprint - aliases expand to too many values"}
	}
	e := &element{kind: n.Kind, file: l.file, line: n.Line, column: n.Column - 1}
	switch n.Kind {
	case yaml.AliasNode:
		if slices.Contains(l.open, n.Alias) {
			return nil, &Error{StateFailedParsing, "Failed parsing blueprint - found unconstructable recursive node"}
		}
		l.open = append(l.open, n.Alias)
		defer func() { l.open = l.open[:len(l.open)-1] }()
		return l.element(n.Alias)
	case yaml.SequenceNode:
		for _, child := range n.Content {
			item, err := l.element(child)
			if err != nil {
				return nil, err
			}
			e.list = append(e.list, item)
		}
	case yaml.MappingNode:
		return e, l.fields(e, n)
	default:
		e.kind, e.scalar = yaml.ScalarNode, scalar(n)
		if text, ok := e.scalar.(string); ok && strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
			return nil, &Error{StateInvalid, fmt.Sprintf("Invalid blueprint - illegal characters in line: %d, column: %d. "+
				"Only valid ascii chars are supported.", n.Line-1, n.Column-1)}
		}
	}
	return e, nil
}

// fields fills in a map; its own keys win over merged ones ("<<"), a later key over an earlier.
func (l *loader) fields(e *element, n *yaml.Node) error {
	var merged []*field
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		child, err := l.element(value)
		if err != nil {
			return err
		}
		if key.Tag == "!!merge" {
			sources := []*element{child}
			if child.kind == yaml.SequenceNode {
				sources = child.list
			}
			for _, source := range sources {
				merged = append(merged, source.fields...)
			}
			continue
		}
		name, err := l.element(key)
		if err != nil {
			return err
		}
		e.set(&field{key: pyStr(name.value()), keyType: name.userType(), value: child, file: l.file, line: key.Line, column: key.Column - 1})
	}
	for _, f := range merged {
		if e.field(f.key) == nil {
			e.fields = append(e.fields, f)
		}
	}
	return nil
}

func (e *element) set(f *field) {
	for i, old := range e.fields {
		if old.key == f.key {
			e.fields[i] = f
			return
		}
	}
	e.fields = append(e.fields, f)
}

// field is the entry of that key, nil if there is none.
func (e *element) field(key string) *field {
	if e == nil {
		return nil
	}
	for _, f := range e.fields {
		if f.key == key {
			return f
		}
	}
	return nil
}

// at is the value of that key; nil if there is none or it is null.
func (e *element) at(key string) *element {
	if f := e.field(key); f != nil && !f.value.isNull() {
		return f.value
	}
	return nil
}

func (e *element) isNull() bool { return e == nil || e.kind == yaml.ScalarNode && e.scalar == nil }
func (e *element) isMap() bool  { return e != nil && e.kind == yaml.MappingNode }
func (e *element) isList() bool { return e != nil && e.kind == yaml.SequenceNode }

func (e *element) text() (string, bool) {
	if e == nil || e.kind != yaml.ScalarNode {
		return "", false
	}
	s, ok := e.scalar.(string)
	return s, ok
}

// value is the plain Go value, sharing nothing with the tree.
func (e *element) value() any {
	switch {
	case e == nil:
		return nil
	case e.isList():
		list := make([]any, len(e.list))
		for i, item := range e.list {
			list[i] = item.value()
		}
		return list
	case e.isMap():
		return e.mapValue()
	default:
		return e.scalar
	}
}

// mapValue is value for what is known to be a map or absent.
func (e *element) mapValue() map[string]any {
	result := map[string]any{}
	if e != nil {
		for _, f := range e.fields {
			result[f.key] = f.value.value()
		}
	}
	return result
}

// repr is the value as Python shows it, maps in the order written.
func (e *element) repr() string {
	switch {
	case e.isList():
		parts := make([]string, len(e.list))
		for i, item := range e.list {
			parts[i] = item.repr()
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case e.isMap():
		parts := make([]string, len(e.fields))
		for i, f := range e.fields {
			parts[i] = fmt.Sprintf("%s: %s", quote(f.key), f.value.repr())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return pyRepr(e.value())
	}
}

// show is repr, but a string stands without quotes.
func (e *element) show() string {
	if s, ok := e.text(); ok {
		return s
	}
	return e.repr()
}

// userType is the type's name as schema messages call it.
func (e *element) userType() string {
	switch e.value().(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "float"
	case []any:
		return "list"
	case map[string]any:
		return "dict"
	case nil:
		return "NoneType"
	default:
		return "integer"
	}
}
