// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"reflect"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// concerning lets through what deployments read of their blueprint. How many are made of it, and what it displays, is none of
// their business: each new one would wake all others.
var concerning = predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool {
		return !reflect.DeepEqual(concernOf(e.ObjectOld.(*v1alpha1.CloudifyBlueprint)), concernOf(e.ObjectNew.(*v1alpha1.CloudifyBlueprint)))
	},
}

// concern is what deployments read of their blueprint.
type concern struct {
	deleting, ready, stalled bool
	reason                   string // of Ready
	newest                   string
	uploaded                 []string
	allowed                  *v1alpha1.AllowedNamespaces
	plans                    map[string]string // digests of their inputs
	sensitive                []string
}

func concernOf(b *v1alpha1.CloudifyBlueprint) concern {
	c := concern{
		deleting: !b.DeletionTimestamp.IsZero(), ready: b.IsReady(), stalled: b.IsStalled(),
		newest: b.Status.BlueprintID, allowed: b.Spec.AllowedNamespaces, plans: map[string]string{},
	}
	if ready := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		c.reason = ready.Reason
	}
	for _, revision := range b.Status.Revisions {
		if revision.UploadedAt != nil {
			c.uploaded = append(c.uploaded, revision.BlueprintID)
		}
	}
	for _, plan := range b.Plans() {
		c.plans[plan.Name] = planDigest(b, plan.Name)
	}
	if b.Spec.Offering != nil {
		c.sensitive = b.Spec.Offering.SensitiveInputs
	}
	return c
}
