// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
)

// checkType says how a value fails its type, or nothing. Types that are names of
// things at the Manager, and unknown ones, are left to it. The Manager accepts any value
// as a string, with surprising results; we accept only strings, and values of the same
// kind as a known one, such as the default.
func checkType(typeName string, value any, known []any) string {
	switch typeName {
	case "string", "textarea":
		return expectString(value, kindsOf(known))
	case "regex":
		return expectString(value, nil)
	case "integer":
		if n, ok := value.(json.Number); ok {
			if strings.ContainsAny(n.String(), ".eE") {
				return "must be an integer, not a number with a fraction or an exponent"
			}
			return ""
		}
		return expect[json.Number](value, "an integer", unquote)
	case "float":
		return expect[json.Number](value, "a number", unquote)
	case "boolean":
		return expect[bool](value, "a boolean", map[kind]string{kindString: ": write true or false without quotes"})
	case "list":
		return expect[[]any](value, "a list", nil)
	case "dict":
		return expect[map[string]any](value, "a map", nil)
	}
	return ""
}

func expectString(value any, others []kind) string {
	if slices.Contains(others, kindOf(value)) {
		return ""
	}
	wanted := []string{"a string"}
	for _, other := range others {
		wanted = append(wanted, string(other))
	}
	return expect[string](value, strings.Join(wanted, " or "), map[kind]string{kindNumber: ": quote it", kindBoolean: ": quote it"})
}

var unquote = map[kind]string{kindString: ": write a number, without quotes"}

// expect says that value is not a T, in the words of wanted, with the advice for its
// kind, if there is any.
func expect[T any](value any, wanted string, advice map[kind]string) string {
	if _, ok := value.(T); ok {
		return ""
	}
	return "must be " + wanted + ", not " + string(kindOf(value)) + advice[kindOf(value)]
}

// kind is a JSON type, as people call it.
type kind string

const (
	kindNull    kind = "null"
	kindBoolean kind = "a boolean"
	kindNumber  kind = "a number"
	kindString  kind = "a string"
	kindList    kind = "a list"
	kindMap     kind = "a map"
)

func kindOf(value any) kind {
	switch value.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBoolean
	case json.Number:
		return kindNumber
	case string:
		return kindString
	case []any:
		return kindList
	default:
		return kindMap
	}
}

// kindsOf are the kinds of values other than strings, each once.
func kindsOf(values []any) []kind {
	var kinds []kind
	for _, value := range values {
		if of := kindOf(value); of != kindString && !slices.Contains(kinds, of) {
			kinds = append(kinds, of)
		}
	}
	return kinds
}

// plain brings a value into the few types that the rest of the package knows: nil,
// bool, json.Number, string, []any, map[string]any. What has no JSON form becomes
// nil.
func plain(value any) any {
	switch value := value.(type) {
	case nil, bool, string:
		return value
	case json.Number:
		if !json.Valid([]byte(value)) {
			return nil
		}
		return value
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = plain(item)
		}
		return items
	case map[string]any:
		members := make(map[string]any, len(value))
		for name, member := range value {
			members[name] = plain(member)
		}
		return members
	}
	content, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var decoded any
	if decode(content, &decoded) != nil {
		return nil
	}
	return decoded
}

// compare orders two numbers: exactly if both are integers, and otherwise in double
// precision, as the Manager does.
func compare(a, b json.Number) int {
	if i, ok := integer(a); ok {
		if j, ok := integer(b); ok {
			return i.Cmp(j)
		}
	}
	x, _ := a.Float64() // too large is infinite
	y, _ := b.Float64()
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func integer(n json.Number) (*big.Int, bool) {
	if strings.ContainsAny(n.String(), ".eE") {
		return nil, false
	}
	return new(big.Int).SetString(n.String(), 10)
}
