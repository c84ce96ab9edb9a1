// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"maps"
	"strings"
	"unicode/utf8"
)

func concat(_ *evaluator, args any) (any, error) {
	var b strings.Builder
	for _, arg := range args.([]any) {
		b.WriteString(pyStr(arg))
	}
	return b.String(), nil
}

func merge(_ *evaluator, args any) (any, error) {
	result := map[string]any{}
	for _, arg := range args.([]any) {
		m, ok := arg.(map[string]any)
		if !ok {
			return nil, failed("merge", "Encountered non-dict element for merge: %s", pyStr(arg))
		}
		maps.Copy(result, m)
	}
	return result, nil
}

// stringArgs are the arguments of a string function that must be strings; their names are for complaints.
func stringArgs(function string, args []any, names ...string) ([]string, error) {
	result := make([]string, len(names))
	for i, name := range names {
		s, ok := args[i].(string)
		if !ok {
			return nil, failed(function, "argument `%s` should be of type <class 'str'> but is <class '%s'> (%s)",
				name, pyType(args[i]), pyStr(args[i]))
		}
		result[i] = s
	}
	return result, nil
}

func intArg(function, name string, arg any) (int, error) {
	i, ok := arg.(int64)
	if !ok {
		return 0, failed(function, "argument `%s` should be of type <class 'int'> but is <class '%s'> (%s)",
			name, pyType(arg), pyStr(arg))
	}
	return int(i), nil
}

func stringFind(_ *evaluator, args any) (any, error) {
	s, err := stringArgs("string_find", args.([]any), "haystack", "needle")
	if err != nil {
		return nil, err
	}
	at := strings.Index(s[0], s[1])
	if at < 0 {
		return int64(-1), nil
	}
	return int64(utf8.RuneCountInString(s[0][:at])), nil
}

func stringReplace(_ *evaluator, args any) (any, error) {
	list, count := args.([]any), -1
	s, err := stringArgs("string_replace", list, "haystack", "needle", "replacement")
	if err != nil {
		return nil, err
	}
	if len(list) > 3 && list[3] != nil {
		if count, err = intArg("string_replace", "count", list[3]); err != nil {
			return nil, err
		}
	}
	return strings.Replace(s[0], s[1], s[2], count), nil
}

func stringSplit(_ *evaluator, args any) (any, error) {
	list := args.([]any)
	s, err := stringArgs("string_split", list, "input", "separator")
	if err != nil {
		return nil, err
	}
	if s[1] == "" {
		return nil, complain("empty separator")
	}
	parts := anySlice(strings.Split(s[0], s[1]))
	if len(list) < 3 || list[2] == nil {
		return parts, nil
	}
	index, err := intArg("string_split", "index", list[2])
	if err != nil {
		return nil, err
	}
	if part, problem := step(parts, int64(index)); problem == "" {
		return part, nil
	}
	return nil, complain("list index out of range")
}

func stringLower(_ *evaluator, args any) (any, error) {
	s, err := stringArgs("string_lower", []any{args}, "input")
	if err != nil {
		return nil, err
	}
	return strings.ToLower(s[0]), nil
}

func stringUpper(_ *evaluator, args any) (any, error) {
	s, err := stringArgs("string_upper", []any{args}, "input")
	if err != nil {
		return nil, err
	}
	return strings.ToUpper(s[0]), nil
}
