// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// rule is one filter rule of a search.
type rule struct {
	key, operator, kind string
	values              []string
}

func badRule(raw any, reason string) *apiError {
	e := refuse(http.StatusBadRequest, "invalid_filter_rule",
		"The filter rule %v is not in the right format. %s", showRule(raw), reason)
	e.more = map[string]any{"err_filter_rule": raw, "err_reason": reason}
	return e
}

// showRule prints a rule as Python does, its members in the order in which people write them.
func showRule(raw any) string {
	entry, ok := raw.(map[string]any)
	if !ok {
		return pythonValue(raw)
	}
	var members []string
	for _, name := range []string{"key", "values", "operator", "type"} {
		if value, ok := entry[name]; ok {
			members = append(members, "'"+name+"': "+pythonValue(value))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(entry)) {
		if !slices.Contains([]string{"key", "values", "operator", "type"}, name) {
			members = append(members, "'"+name+"': "+pythonValue(entry[name]))
		}
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func readRules(value any) ([]rule, error) {
	entries, _ := value.([]any)
	rules := make([]rule, 0, len(entries))
	for _, raw := range entries {
		entry, _ := raw.(map[string]any)
		for _, name := range []string{"key", "values", "operator", "type"} {
			if _, ok := entry[name]; !ok {
				return nil, badRule(raw, "At least one of the entries in the filter rule is missing")
			}
		}
		kind, operator := fmt.Sprint(entry["type"]), fmt.Sprint(entry["operator"])
		known := ruleOperators[kind]
		if known == nil {
			return nil, badRule(raw, "Filter rule type must be one of label, attribute")
		}
		if !slices.Contains(known, operator) {
			return nil, badRule(raw, "The operator for filtering by "+kind+"s must be one of "+strings.Join(known, ", "))
		}
		values, ok := entry["values"].([]any)
		if !ok {
			return nil, badRule(raw, "The filter rule values must be a list")
		}
		read := rule{key: fmt.Sprint(entry["key"]), operator: operator, kind: kind}
		for _, value := range values {
			read.values = append(read.values, fmt.Sprint(value))
		}
		rules = append(rules, read)
	}
	return rules, nil
}

var ruleOperators = map[string][]string{
	"label":     {"any_of", "not_any_of", "is_null", "is_not_null", "is_not"},
	"attribute": {"any_of", "not_any_of", "contains", "not_contains", "starts_with", "ends_with", "is_not_empty"},
}

// keeps reports whether a row with these values under the rule's key passes.
func (u rule) keeps(have []string) bool {
	matches := func(test func(have, want string) bool) bool {
		return slices.ContainsFunc(have, func(h string) bool {
			return slices.ContainsFunc(u.values, func(w string) bool { return test(h, w) })
		})
	}
	equal := func(have, want string) bool { return have == want }
	switch u.operator {
	case "any_of":
		return matches(equal)
	case "not_any_of":
		return len(have) > 0 && !matches(equal)
	case "is_not":
		return !matches(equal)
	case "contains":
		return matches(strings.Contains)
	case "not_contains":
		return !matches(strings.Contains)
	case "starts_with":
		return matches(strings.HasPrefix)
	case "ends_with":
		return matches(strings.HasSuffix)
	case "is_null":
		return len(have) == 0
	default:
		return len(have) > 0
	}
}

// search is a list with filter rules; metadata says how many rows they dropped.
func search(r *request) (*response, error) {
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	rules, err := readRules(body["filter_rules"])
	if err != nil {
		return nil, err
	}
	switch r.vars["kind"] {
	case "deployments":
		return searchIn(r, deploymentFields.at(r.sim.profile), r.sim.deployments.rows, rules, func(d *deployment) []label { return d.labels })
	case "blueprints":
		return searchIn(r, blueprintFields.at(r.sim.profile), r.sim.blueprints.rows, rules, func(b *blueprint) []label { return b.labels })
	case "workflows":
		return workflowList(r.sim.profile, keep(deploymentFields.at(r.sim.profile), r.sim.deployments.rows, rules, func(d *deployment) []label { return d.labels }))
	default:
		return nil, htmlError(http.StatusNotFound)
	}
}

func searchIn[T any](r *request, res *resource[T], rows []*T, rules []rule, labels func(*T) []label) (*response, error) {
	include, err := res.included(r)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(r.URL.Query(), r.sim.profile.ListLimit)
	if err != nil {
		return nil, err
	}
	kept := keep(res, rows, rules, labels)
	if kept, err = res.filter(kept, r.URL.Query()); err != nil {
		return nil, err
	}
	if kept, err = res.sorted(kept, r.URL.Query()["_sort"]); err != nil {
		return nil, err
	}
	var filtered any
	if len(rules) > 0 {
		filtered = len(rows) - len(kept)
	}
	return answer(http.StatusOK, pageResponse(res, kept, include, page, filtered))
}

func keep[T any](res *resource[T], rows []*T, rules []rule, labels func(*T) []label) []*T {
	return slices.DeleteFunc(slices.Clone(rows), func(row *T) bool {
		return slices.ContainsFunc(rules, func(u rule) bool {
			var have []string
			if u.kind == "label" {
				for _, l := range labels(row) {
					if l.key == strings.ToLower(u.key) {
						have = append(have, l.value)
					}
				}
			} else if f := res.field(u.key); f != nil {
				if text, ok := asText(f.query(row)); ok {
					have = []string{text}
				}
			}
			return !u.keeps(have)
		})
	})
}

// summarize counts rows by the value of one field.
func summarize(r *request) (*response, error) {
	switch r.vars["kind"] {
	case "deployments":
		return summary(r, deploymentFields.at(r.sim.profile), r.sim.deployments.rows)
	case "executions":
		return summary(r, executionFields.at(r.sim.profile), r.sim.executions.rows)
	case "blueprints":
		return summary(r, blueprintFields.at(r.sim.profile), r.sim.blueprints.rows)
	default:
		return nil, htmlError(http.StatusNotFound)
	}
}

func summary[T any](r *request, res *resource[T], rows []*T) (*response, error) {
	name := r.URL.Query().Get("_target_field")
	f := res.field(name)
	if f == nil {
		return nil, badParameters("Field %s is not summarizable", name)
	}
	counts, values := map[string]int{}, []string{}
	for _, row := range rows {
		value, _ := asText(f.query(row))
		if counts[value] == 0 {
			values = append(values, value)
		}
		counts[value]++
	}
	slices.Sort(values)
	items := []any{}
	for _, value := range values {
		items = append(items, map[string]any{name: value, r.vars["kind"]: counts[value]})
	}
	return answer(http.StatusOK, map[string]any{
		"items":    items,
		"metadata": map[string]any{"pagination": map[string]any{"total": len(items), "size": r.sim.profile.ListLimit, "offset": 0}},
	})
}

// pythonValue prints a decoded value as Python does.
func pythonValue(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case string:
		return "'" + v + "'"
	case map[string]any:
		var members []string
		for key, inner := range v {
			members = append(members, "'"+key+"': "+pythonValue(inner))
		}
		slices.Sort(members)
		return "{" + strings.Join(members, ", ") + "}"
	case []any:
		var items []string
		for _, inner := range v {
			items = append(items, pythonValue(inner))
		}
		return "[" + strings.Join(items, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}
