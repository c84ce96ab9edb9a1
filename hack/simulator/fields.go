// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// resource says which members the rows of a kind have.
type resource[T any] struct {
	kind   string // as messages call it: "Blueprint"
	fields []field[T]
}

// field is one member of a resource.
type field[T any] struct {
	name  string
	value func(*T) any
	// stored is what filters and sorting see, where that is not the value shown.
	stored func(*T) any
	// enum are the values that the database knows; a filter for another breaks the query.
	enum []string
	use  use
}

// use is where a field can be named: most everywhere.
type use int

const (
	everywhere use = iota
	shownOnly
	queryOnly
)

func (f *field[T]) query(row *T) any {
	if f.stored != nil {
		return f.stored(row)
	}
	return f.value(row)
}

// show makes the members of a row, all or those included.
func (res *resource[T]) show(row *T, include []string) map[string]any {
	shown := make(map[string]any, len(res.fields))
	for i := range res.fields {
		f := &res.fields[i]
		if f.use != queryOnly && (include == nil || slices.Contains(include, f.name)) {
			shown[f.name] = f.value(row)
		}
	}
	return shown
}

func (res *resource[T]) field(name string) *field[T] {
	for i := range res.fields {
		if f := &res.fields[i]; f.name == name && f.use != shownOnly {
			return f
		}
	}
	return nil
}

func (res *resource[T]) names(except use) []string {
	var names []string
	for i := range res.fields {
		if res.fields[i].use != except {
			names = append(names, res.fields[i].name)
		}
	}
	return names
}

// included reads _include: nil means everything.
func (res *resource[T]) included(r *request) ([]string, error) {
	wanted := r.URL.Query().Get("_include")
	if wanted == "" {
		return nil, nil
	}
	allowed, names := res.names(queryOnly), strings.Split(wanted, ",")
	if unknown := unknownOf(names, allowed); unknown != nil {
		return nil, refuse(http.StatusBadRequest, "no_such_include_field_error",
			"Include keys '%s' do not exist. Allowed keys are: %s", pythonList(unknown), pythonList(allowed))
	}
	return names, nil
}

// answer shows one row, with the members that _include asks for.
func (res *resource[T]) answer(r *request, status int, row *T) (*response, error) {
	res = res.at(r.sim.profile)
	include, err := res.included(r)
	if err != nil {
		return nil, err
	}
	return answer(status, res.show(row, include))
}

func unknownOf(names, allowed []string) []string {
	var unknown []string
	for _, name := range names {
		if !slices.Contains(allowed, name) {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// pythonList prints as Python does: ['a', 'b'].
func pythonList(words []string) string {
	if len(words) == 0 {
		return "[]"
	}
	return "['" + strings.Join(words, "', '") + "']"
}

// timestamp is a time as the Manager prints it, null if it is not set.
func timestamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func textOrNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// constant is a member that is the same in every row.
func constant[T any](name string, value any) field[T] {
	return field[T]{name: name, value: func(*T) any { return value }}
}

// ownership are the last members of every resource; visibility reads a row's own.
func ownership[T any](visibility func(*T) string) []field[T] {
	return []field[T]{
		constant[T]("tenant_name", tenantName),
		constant[T]("created_by", "admin"),
		{name: "resource_availability", value: func(row *T) any { return visibility(row) }},
		{name: "private_resource", value: func(row *T) any { return visibility(row) == "private" }},
	}
}
