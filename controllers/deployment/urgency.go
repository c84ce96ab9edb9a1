// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
)

// idle reports whether the status answers to all that is asked of an object, well or not: then it is only looked at again, and all
// others go before it, at a start and at its Manager.
func idle(d *v1alpha1.CloudifyDeployment) bool {
	return d.DeletionTimestamp.IsZero() && !d.IsAsked() && approvalOf(d) == "" && (d.IsReady() || d.IsStalled())
}

// urgencyOf says how soon it is an object's turn at its Manager.
func urgencyOf(d *v1alpha1.CloudifyDeployment) connection.Urgency {
	created := meta.FindStatusCondition(d.Status.Conditions, v1alpha1.CreatedCondition)
	switch {
	case idle(d):
		return connection.Resync
	case !d.DeletionTimestamp.IsZero():
		return connection.Change
	case created == nil:
		return connection.New
	case d.IsAsked() || approvalOf(d) != "" || d.Status.ObservedGeneration != d.Generation:
		return connection.Change
	default:
		return connection.Begun
	}
}
