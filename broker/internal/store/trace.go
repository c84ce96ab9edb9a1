// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/tracing"
)

// nameRequest has an object that is written anyway name the request that makes this generation of it, so that the reconciles which
// follow continue its trace. A request without a trace takes away what an earlier one left.
func nameRequest(ctx context.Context, o metav1.Object, generation int64) {
	value, annotations := tracing.Annotation(ctx, generation), o.GetAnnotations()
	if value == "" {
		delete(annotations, v1alpha1.TraceparentAnnotation)
		return
	}
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[v1alpha1.TraceparentAnnotation] = value
	o.SetAnnotations(annotations)
}
