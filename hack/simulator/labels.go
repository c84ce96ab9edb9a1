// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

type label struct {
	key, value string
	created    time.Time
}

func showLabels(labels []label) any {
	shown := []any{}
	for _, l := range labels {
		shown = append(shown, map[string]any{
			"key": l.key, "value": l.value, "created_at": timestamp(l.created), "created_by": "admin",
		})
	}
	return shown
}

var identifier = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// reservedLabels are the keys with the prefix csys- that people may set.
var reservedLabels = []string{
	"csys-obj-name", "csys-obj-type", "csys-obj-parent", "csys-env-type", "csys-environment", "csys-wrcp-services",
	"csys-wrcp-group-id", "csys-location-name", "csys-location-lat", "csys-location-long", "csys-consumer-id",
}

// readLabels reads [{key: value}, {key: [value, value]}]; keys become lower case.
func readLabels(value any) ([]label, error) {
	if value == nil {
		return nil, nil
	}
	malformed := badParameters("Labels must be a list of 1-entry dictionaries: [{<key1>: <value1>}, {<key2>: [<value2>, <value3>]}, ...]")
	entries, ok := value.([]any)
	if !ok {
		return nil, malformed
	}
	var labels []label
	for _, entry := range entries {
		pair, ok := entry.(map[string]any)
		if !ok || len(pair) != 1 {
			return nil, malformed
		}
		for key, value := range pair {
			values, ok := value.([]any)
			if !ok {
				values = []any{value}
			}
			for _, v := range values {
				text, ok := v.(string)
				if !ok {
					return nil, malformed
				}
				l, err := checkLabel(key, text)
				if err != nil {
					return nil, err
				}
				if slices.Contains(labels, l) {
					return nil, badParameters("You cannot define the same label twice: %s: %s", l.key, l.value)
				}
				labels = append(labels, l)
			}
		}
	}
	return labels, nil
}

func checkLabel(key, value string) (label, error) {
	const allowed = "Only letters, digits and the characters `-`, `.` and `_` are allowed"
	if !identifier.MatchString(key) {
		return label{}, badParameters("The key `%s` contains illegal characters. %s", key, allowed)
	}
	key = strings.ToLower(key)
	if strings.HasPrefix(key, "csys-") && !slices.Contains(reservedLabels, key) {
		return label{}, badParameters("All labels with a `csys-` prefix are reserved for internal use. Allowed `csys-` prefixed labels are: %s",
			strings.Join(reservedLabels, ", "))
	}
	if len(key) > maxID || len(value) > maxID {
		return label{}, badParameters("The key or value is too long. Maximum allowed length is %d characters", maxID)
	}
	if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == '"' }) {
		return label{}, badParameters("The label's value `%s` contains illegal characters", value)
	}
	if key == "csys-obj-type" {
		value = strings.ToLower(value)
	}
	return label{key: key, value: value}, nil
}

// labelsFrom are labels by key, each of their values as one.
func labelsFrom(values map[string][]string) (labels []label) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[key] {
			labels = append(labels, label{key: key, value: value})
		}
	}
	return labels
}

// newLabels are labels set now.
func (s *Simulator) newLabels(labels []label) []label {
	labels = slices.Clone(labels)
	for i := range labels {
		labels[i].created = s.clock.now()
	}
	return labels
}

// addLabels adds to a set what is not in it.
func (s *Simulator) addLabels(set, more []label) []label {
	for _, l := range s.newLabels(more) {
		if !slices.ContainsFunc(set, func(have label) bool { return have.key == l.key && have.value == l.value }) {
			set = append(set, l)
		}
	}
	return set
}

// labelsOf are all labels of the deployments or blueprints.
func labelsOf(r *request) ([]label, error) {
	var all []label
	switch r.vars["kind"] {
	case "deployments":
		for _, d := range r.sim.deployments.rows {
			all = append(all, d.labels...)
		}
	case "blueprints":
		for _, b := range r.sim.blueprints.rows {
			all = append(all, b.labels...)
		}
	default:
		return nil, htmlError(http.StatusNotFound)
	}
	return all, nil
}

func listLabels(r *request) (*response, error) {
	all, err := labelsOf(r)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, l := range all {
		keys = append(keys, l.key)
	}
	return listWords(r, keys)
}

func listLabelValues(r *request) (*response, error) {
	all, err := labelsOf(r)
	if err != nil {
		return nil, err
	}
	var values []string
	for _, l := range all {
		if l.key == r.id() {
			values = append(values, l.value)
		}
	}
	return listWords(r, values)
}

func listWords(r *request, words []string) (*response, error) {
	slices.Sort(words)
	words = slices.Compact(words)
	p, err := pageOf(r.URL.Query(), r.sim.profile.ListLimit)
	if err != nil {
		return nil, err
	}
	from, to := p.cut(len(words))
	shown := []any{}
	for _, word := range words[from:to] {
		shown = append(shown, word)
	}
	return answer(http.StatusOK, envelope(shown, len(words), p.size, p.offset, nil))
}
