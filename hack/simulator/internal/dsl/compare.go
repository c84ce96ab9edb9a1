// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"encoding/json"
	"math/big"
	"strings"
)

// equal is Python's ==: numbers compare by value, and True is 1.
func equal(a, b any) bool {
	x, y := numeric(a), numeric(b)
	if x != nil && y != nil {
		return x.Cmp(y) == 0
	}
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key := range a {
			other, ok := b[key]
			if !ok || !equal(a[key], other) {
				return false
			}
		}
		return true
	case string:
		b, ok := b.(string)
		return ok && a == b
	case nil:
		return b == nil
	default:
		return false
	}
}

// compare orders two values; false if Python would raise a TypeError.
func compare(a, b any) (int, bool) {
	x, y := numeric(a), numeric(b)
	if x != nil && y != nil {
		return x.Cmp(y), true
	}
	s, isText := a.(string)
	t, both := b.(string)
	if isText && both {
		return strings.Compare(s, t), true
	}
	return 0, false
}

func numeric(v any) *big.Float {
	switch v := v.(type) {
	case bool:
		if v {
			return big.NewFloat(1)
		}
		return big.NewFloat(0)
	case int:
		return new(big.Float).SetInt64(int64(v))
	case int64:
		return new(big.Float).SetInt64(v)
	case float64:
		if v != v {
			return nil
		}
		return big.NewFloat(v)
	case json.Number:
		f, _, err := big.ParseFloat(v.String(), 10, 200, big.ToNearestEven)
		if err != nil {
			return nil
		}
		return f
	default:
		return nil
	}
}
