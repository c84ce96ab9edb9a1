// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"slices"
	"strings"
)

// version is the minor number of cloudify_dsl_1_N.
type version int

func (v version) String() string { return "cloudify_dsl_1_" + string(rune('0'+v)) }

// require refuses what the blueprint's own version does not know yet.
func (p *parser) require(since version, where place, name string) error {
	if p.version < since && !p.builtin(where) {
		return refuse(where, "%s not supported in version %s, it was added in %s", name, p.version, since)
	}
	return nil
}

// builtin reports whether a place is in the types that the Manager brings along.
func (p *parser) builtin(where place) bool {
	return where.field != nil && where.field.file == builtinFile
}

// mapOf refuses what is neither a map nor absent, and keys that are no strings; with keys given also
// a map with others.
func mapOf(where place, keys ...string) error {
	e := where.value
	if e.isNull() {
		return nil
	}
	if !e.isMap() {
		return refuse(where, "Expected 'dict' type but found '%s' type", e.userType())
	}
	for _, f := range e.fields {
		if f.keyType != "string" {
			return refuse(where, "Dict keys must be strings but found '%s' of type '%s'", f.key, f.keyType)
		}
		if len(keys) > 0 && !slices.Contains(keys, f.key) {
			return refuse(at(join(where.path, f.key), f), "'%s' is not in schema. Valid schema values: %s", f.key, pyRepr(keys))
		}
	}
	return nil
}

// typed refuses an entry of another type than wanted; an absent one passes.
func typed(path string, parent *element, key string, want ...string) error {
	f := parent.field(key)
	if f == nil || f.value.isNull() {
		return nil
	}
	if found := f.value.userType(); !slices.Contains(want, found) {
		expected := "'" + want[0] + "'"
		if len(want) > 1 {
			expected = "'" + pyRepr(want) + "'"
		}
		return refuse(at(join(path, key), f), "Expected %s type but found '%s' type", expected, found)
	}
	return nil
}

// required refuses a missing entry.
func required(path string, parent *element, key string) error {
	if parent.at(key) == nil {
		where := place{path: join(path, key)}
		if f := parent.field(key); f != nil {
			where = at(where.path, f)
		}
		return refuse(where, "'%s' key is required but it is currently missing", key)
	}
	return nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// named is an ordered collection of definitions.
type named[T any] struct {
	names []string
	by    map[string]T
}

func (n *named[T]) add(name string, value T) {
	if n.by == nil {
		n.by = map[string]T{}
	}
	if _, known := n.by[name]; !known {
		n.names = append(n.names, name)
	}
	n.by[name] = value
}

func (n *named[T]) has(name string) bool {
	_, ok := n.by[name]
	return ok
}

// circle refuses definitions that lead back to themselves.
func circle(where place, names []string) error {
	return refuse(where, "Parsing failed. Circular dependency detected: %s", strings.Join(names, " --> "))
}
