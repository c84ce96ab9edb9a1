// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package owned

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// ownLabels are on each Secret that the operator keeps; by them they are watched.
func ownLabels() labels.Set {
	return labels.Set{"app.kubernetes.io/managed-by": v1alpha1.ManagedBy}
}

// label puts them on a Secret from which somebody took them.
func label(secret *corev1.Secret) { secret.Labels = labels.Merge(secret.Labels, ownLabels()) }

// IsLabelled reports whether there is a Secret, and it carries the labels by which it is watched.
func IsLabelled(secret *corev1.Secret) bool {
	return secret != nil && ownLabels().AsSelector().Matches(labels.Set(secret.Labels))
}
