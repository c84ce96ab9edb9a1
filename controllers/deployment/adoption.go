// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// adoptionInterval is how often a deployment is looked at that somebody must first make adoptable.
const adoptionInterval = 30 * time.Second

// mayAdopt checks, before anything is changed, that a deployment which existed before its object may become its own: it is
// there, its owner allows it by a label, nobody holds it, and it is made of this blueprint.
func (r *reconciler) mayAdopt(ctx context.Context, s *scope) error {
	switch {
	case !s.release.Has(cloudify.Labels):
		return outcome.Advise(outcome.Stall(v1alpha1.ReasonAdoptionUnsupported,
			"release %s of the Manager has no labels, so nobody can allow an adoption", s.release), "deploy anew without spec.deploymentID")
	case s.remote == nil:
		return outcome.WaitFor(adoptionInterval, v1alpha1.ReasonAdoptionMissing,
			"the Manager has no deployment %s in tenant %s: create another CloudifyDeployment, with the right deploymentID, or without one for a new deployment", s.id, s.manager.Spec.Tenant)
	case !s.adoptableBy(s.key.Namespace):
		return outcome.WaitFor(adoptionInterval, v1alpha1.ReasonAdoptionNotAllowed,
			"deployment %s does not allow it: who owns it can set its label %s to %s at the Manager", s.id, v1alpha1.RemoteLabelAdoptableBy, s.key.Namespace)
	case s.blueprint == nil:
		return s.blueprintNotFound()
	case !isRevision(s.blueprint, s.remote.BlueprintID) && !s.blueprint.IsReady():
		return outcome.Wait(v1alpha1.ReasonBlueprintNotReady, "CloudifyBlueprint %s is not ready (%s): look at its status", s.deployment.BlueprintKey(), why(s.blueprint))
	case !isRevision(s.blueprint, s.remote.BlueprintID):
		return outcome.Stall(v1alpha1.ReasonAdoptionMismatch, "deployment %s is made of blueprint %s, which is no revision of CloudifyBlueprint %s",
			s.id, s.remote.BlueprintID, s.deployment.BlueprintKey())
	}
	chosen := r.adopters.choose(s) // before the list is read: whoever was chosen and is no more says in it that it holds
	holder, err := r.holder(ctx, s, chosen)
	switch {
	case err != nil:
		return err
	case holder != "":
		again := adoptionInterval
		if chosen != s.deployment.UID {
			again = soon // it may turn out that the chosen one may not have it
		}
		return outcome.WaitFor(again, v1alpha1.ReasonAdoptionConflict, "deployment %s belongs to CloudifyDeployment %s", s.id, holder)
	}
	return nil
}

// adoptableBy tells whether the owner of the deployment allows a namespace to adopt it.
func (s *scope) adoptableBy(namespace string) bool {
	return slices.Contains(s.remote.Labels[v1alpha1.RemoteLabelAdoptableBy], namespace)
}

// holder names another object that holds the deployment, was chosen to, or, of those that may claim it, an older one: who may not,
// or leaves, keeps nobody from it.
func (r *reconciler) holder(ctx context.Context, s *scope, chosen types.UID) (string, error) {
	var list v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &list, client.MatchingFields{index.RemoteID: s.id}); err != nil {
		return "", fmt.Errorf("list CloudifyDeployments: %w", err)
	}
	for i := range list.Items {
		other := &list.Items[i]
		if other.UID == s.deployment.UID || other.Annotations[v1alpha1.ManagerAnnotation] != s.managerName() {
			continue
		}
		o := newScope(other, s.cluster)
		claims := !o.deleting() && s.adoptableBy(other.Namespace) && olderThan(other, s.deployment)
		if o.holds() || other.UID == chosen || claims {
			return o.key.String(), nil
		}
	}
	if chosen != s.deployment.UID { // it is gone: another may be chosen, and any may be the first
		r.adopters.drop(s, chosen)
		return r.holder(ctx, s, r.adopters.choose(s))
	}
	return "", nil
}

func olderThan(a, b *v1alpha1.CloudifyDeployment) bool {
	if a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.UID < b.UID
	}
	return a.CreationTimestamp.Before(&b.CreationTimestamp)
}

// isRevision tells whether a blueprint at the Manager is one that the CloudifyBlueprint stands for. A revision that was
// never seen uploaded is none: the source may have changed before it was.
func isRevision(b *v1alpha1.CloudifyBlueprint, id string) bool {
	return id != "" && (b.Status.BlueprintID == id || slices.ContainsFunc(b.Status.Revisions,
		func(r v1alpha1.BlueprintRevision) bool { return r.BlueprintID == id && r.UploadedAt != nil }))
}
