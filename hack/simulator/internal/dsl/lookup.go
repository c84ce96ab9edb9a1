// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "strings"

// Lookup follows a path of keys and indices into a value; false where it leads nowhere.
func Lookup(value any, path []any) (any, bool) {
	value = normal(value)
	for _, key := range path {
		inner, problem := step(value, key)
		if problem != "" {
			return nil, false
		}
		value = inner
	}
	return value, true
}

// step is one member of a value; otherwise what is wrong with asking for it.
func step(value, key any) (inner any, problem string) {
	switch v := value.(type) {
	case map[string]any:
		inner, ok := v[pyStr(key)]
		if !ok {
			return nil, "missing"
		}
		return inner, ""
	case []any:
		i, ok := key.(int64)
		if i < 0 {
			i += int64(len(v))
		}
		if !ok || i < 0 || i >= int64(len(v)) {
			return nil, "missing"
		}
		return v[i], ""
	default:
		return nil, "no container"
	}
}

// dotted is a path as Python would write it: obj.attr[7].inner.
func dotted(path []any) string {
	var b strings.Builder
	for i, key := range path {
		switch {
		case i == 0:
			b.WriteString(pyStr(key))
		case pyType(key) == "int":
			b.WriteString("[" + pyStr(key) + "]")
		default:
			b.WriteString("." + pyStr(key))
		}
	}
	return b.String()
}
