// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
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
	labels := cloudify.LabelSet{
		v1alpha1.RemoteLabelCluster:   {s.cluster},
		v1alpha1.RemoteLabelNamespace: {s.key.Namespace},
		v1alpha1.RemoteLabelName:      {s.key.Name},
		v1alpha1.RemoteLabelManagedBy: {v1alpha1.ManagedBy},
	}
	for key, value := range s.deployment.Spec.Labels {
		labels[strings.ToLower(key)] = []string{norm.NFKC.String(string(value))}
	}
	return labels
}

// mergedLabels are the wanted labels among those that others put there, for a PATCH replaces the whole set.
func (s *scope) mergedLabels() cloudify.LabelSet {
	merged := maps.Clone(s.remote.Labels)
	if merged == nil {
		merged = cloudify.LabelSet{}
	}
	maps.Copy(merged, s.wantedLabels())
	maps.DeleteFunc(merged, func(key string, _ []string) bool { return key == computedLabel })
	return merged
}

// computedLabel is maintained by the Manager and refused from others.
const computedLabel = "csys-consumer-id"

// hasLabels tells whether the Manager shows display name and labels as wanted, as far as its release knows them.
func (s *scope) hasLabels() bool {
	if s.release.Has(cloudify.DisplayName) && s.remote.DisplayName != s.displayName() {
		return false
	}
	if !s.release.Has(cloudify.Labels) {
		return true
	}
	for key, values := range s.wantedLabels() {
		if !slices.Equal(s.remote.Labels[key], values) {
			return false
		}
	}
	return true
}
