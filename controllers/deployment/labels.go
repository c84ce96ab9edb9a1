// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
)

// displayName is what the Manager's console shows.
func (s *scope) displayName() string {
	name := s.deployment.Spec.DisplayName
	if name == "" {
		name = s.key.String()
	}
	return norm.NFKC.String(name) // as the Manager stores it
}

// wantedLabels are the operator's own and those of the spec, in the form that the Manager stores: keys in lower case, values
// in normal form.
func (s *scope) wantedLabels() cloudify.LabelSet {
	labels := connection.OwnerLabels(s.cluster, s.key)
	for key, value := range s.deployment.Spec.Labels {
		labels[strings.ToLower(key)] = []string{norm.NFKC.String(string(value))}
	}
	return labels
}

// mergedLabels are the wanted labels among those that others put there.
func (s *scope) mergedLabels() cloudify.LabelSet {
	merged := s.remote.Labels.With(s.wantedLabels())
	delete(merged, computedLabel)
	return merged
}

// computedLabel is maintained by the Manager and refused from others.
const computedLabel = "csys-consumer-id"

// hasLabels tells whether the Manager shows display name and labels as wanted, as far as its release knows them.
func (s *scope) hasLabels() bool {
	if s.release.Has(cloudify.DisplayName) && s.remote.DisplayName != s.displayName() {
		return false
	}
	return !s.release.Has(cloudify.Labels) || s.remote.Labels.Shows(s.wantedLabels())
}
