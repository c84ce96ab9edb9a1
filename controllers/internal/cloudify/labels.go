// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"encoding/json"
	"maps"
	"slices"
)

// LabelSet holds the values of each label. The Manager lower-cases keys.
type LabelSet map[string][]string

// MarshalJSON writes the form of requests: [{"key": "value"}, …].
func (l LabelSet) MarshalJSON() ([]byte, error) {
	pairs := []map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(l)) {
		for _, value := range l[key] {
			pairs = append(pairs, map[string]string{key: value})
		}
	}
	return json.Marshal(pairs)
}

// UnmarshalJSON reads the form of answers: [{"key": …, "value": …}, …].
func (l *LabelSet) UnmarshalJSON(content []byte) error {
	var pairs []struct{ Key, Value string }
	if err := json.Unmarshal(content, &pairs); err != nil {
		return err
	}
	*l = nil
	for _, pair := range pairs {
		if pair.Key == "" {
			continue // its members are null
		}
		if *l == nil {
			*l = LabelSet{}
		}
		(*l)[pair.Key] = append((*l)[pair.Key], pair.Value)
	}
	return nil
}

// Shows reports whether l has each of these labels, with just these values.
func (l LabelSet) Shows(labels LabelSet) bool {
	for key, values := range labels {
		if !slices.Equal(l[key], values) {
			return false
		}
	}
	return true
}

// With is l together with these labels, for a PATCH, which replaces all labels. Where both have a key, theirs counts.
func (l LabelSet) With(labels LabelSet) LabelSet {
	all := LabelSet{}
	maps.Copy(all, l)
	maps.Copy(all, labels)
	return all
}
