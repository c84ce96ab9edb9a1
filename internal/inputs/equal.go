// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"maps"
	"slices"
)

// Equal reports whether two values are the same as JSON: numbers by their value, so 1
// is 1.0, and integers exactly. At the top level of two maps a null counts as absent.
func Equal(a, b any) bool {
	a, b = plain(a), plain(b)
	if a, ok := a.(map[string]any); ok {
		if b, ok := b.(map[string]any); ok {
			return maps.EqualFunc(OmitNull(a), OmitNull(b), equal)
		}
	}
	return equal(a, b)
}

func equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && compare(a, b) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, equal)
	}
	switch b.(type) {
	case []any, map[string]any: // not comparable with ==
		return false
	}
	return a == b
}
