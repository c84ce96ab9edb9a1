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
func (o *object) displayName() string {
	name := o.deployment.Spec.DisplayName
	if name == "" {
		name = o.key.String()
	}
	return norm.NFKC.String(name) // as the Manager stores it
}

// wantedLabels are the operator's own and those of the spec, in the form that the Manager stores: keys in lower case, values
// in normal form.
func (o *object) wantedLabels() cloudify.LabelSet {
	labels := connection.OwnerLabels(o.cluster, o.key)
	for key, value := range o.deployment.Spec.Labels {
		labels[strings.ToLower(key)] = []string{norm.NFKC.String(string(value))}
	}
	return labels
}

// mergedLabels are the wanted labels among those that others put there.
func (f *facts) mergedLabels() cloudify.LabelSet {
	merged := f.history.remote.Labels.With(f.wantedLabels())
	delete(merged, computedLabel)
	return merged
}

// computedLabel is maintained by the Manager and refused from others.
const computedLabel = "csys-consumer-id"

// hasLabels reports whether the Manager shows display name and labels as wanted, as far as its release knows them.
func (f *facts) hasLabels() bool {
	release, remote := f.history.release, f.history.remote
	if release.Has(cloudify.DisplayName) && remote.DisplayName != f.displayName() {
		return false
	}
	return !release.Has(cloudify.Labels) || remote.Labels.Shows(f.wantedLabels())
}
