// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"slices"
	"sync"
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
	case !s.history.release.Has(cloudify.Labels):
		return outcome.Advise(outcome.Stall(v1alpha1.ReasonAdoptionUnsupported,
			"release %s of the Manager does not support labels, so no deployment can be marked as adoptable", s.history.release), "create another CloudifyDeployment without spec.deploymentID")
	case s.history.remote == nil:
		return outcome.WaitFor(adoptionInterval, v1alpha1.ReasonAdoptionMissing,
			"the Manager has no deployment %s in tenant %s: create another CloudifyDeployment with the correct deploymentID, or without one to get a new deployment", s.id, s.manager.Spec.Tenant)
	case !s.history.adoptableBy(s.key.Namespace):
		return outcome.WaitFor(adoptionInterval, v1alpha1.ReasonAdoptionNotAllowed,
			"deployment %s may not be adopted from this namespace: its owner can allow that by setting its label %s to %s at the Manager", s.id, v1alpha1.RemoteLabelAdoptableBy, s.key.Namespace)
	case s.blueprint == nil:
		return s.blueprintNotFound()
	case !isRevision(s.blueprint, s.history.remote.BlueprintID) && !s.blueprint.IsReady():
		return s.blueprintNotReady()
	case !isRevision(s.blueprint, s.history.remote.BlueprintID):
		return outcome.Stall(v1alpha1.ReasonAdoptionMismatch, "deployment %s was created from blueprint %s, which is not a revision of CloudifyBlueprint %s",
			s.id, s.history.remote.BlueprintID, s.deployment.BlueprintKey())
	}
	chosen := r.adopters.choose(&s.object) // before the list is read: one that was chosen earlier and is no longer shows in it as the holder
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

// adoptableBy reports whether the owner of the deployment allows a namespace to adopt it.
func (h *history) adoptableBy(namespace string) bool {
	return slices.Contains(h.remote.Labels[v1alpha1.RemoteLabelAdoptableBy], namespace)
}

// holder names another object that holds the deployment, was chosen to, or, of those that may adopt it, an older one. An object
// that may not adopt it, or is being deleted, does not count.
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
		o := newObject(other, s.cluster)
		older := !o.deleting() && s.history.adoptableBy(other.Namespace) && olderThan(other, s.deployment)
		if o.holds() || other.UID == chosen || older {
			return o.key.String(), nil
		}
	}
	if chosen != s.deployment.UID { // it is gone: another may be chosen, and any may be the first
		r.adopters.drop(&s.object, chosen)
		return r.holder(ctx, s, r.adopters.choose(&s.object))
	}
	return "", nil
}

func olderThan(a, b *v1alpha1.CloudifyDeployment) bool {
	if a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.UID < b.UID
	}
	return a.CreationTimestamp.Before(&b.CreationTimestamp)
}

// adopt makes the deployment this object's own, if it may be. The status says so before anything is changed, for it is what
// others go by, after a restart, too.
func (r *reconciler) adopt(ctx context.Context, s *scope) error {
	if err := r.mayAdopt(ctx, s); err != nil {
		r.adopters.forget(&s.object)
		return err
	}
	r.Watcher.Track(s.manager.Name, s.id, s.key, false)
	s.adopting = true
	if c := s.createdCondition(outcome.Outcome{}); c.Reason != v1alpha1.ReasonCreated {
		return nil // its creation must come to an end before the status can say it
	}
	return outcome.Tell(v1alpha1.ReasonAdopting, "deployment %s is adopted; the operator is reading its state", s.id)
}

// adopters are the objects that were chosen to adopt deployments and whose status does not say so yet, for of two that come in
// the same moment each would find the deployment free. Losing it with the process loses nothing: what no status says was
// not adopted.
type adopters struct {
	mu     sync.Mutex
	chosen map[adoptee]types.UID
}

// adoptee is a deployment of a Manager.
type adoptee struct{ manager, id string }

// choose chooses an object unless another was chosen before, and returns which one is.
func (a *adopters) choose(o *object) types.UID {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := adoptee{o.managerName(), o.id}
	if _, ok := a.chosen[key]; !ok {
		if a.chosen == nil {
			a.chosen = map[adoptee]types.UID{}
		}
		a.chosen[key] = o.deployment.UID
	}
	return a.chosen[key]
}

// forget says that an object holds its deployment, and its status says so; or that it will not.
func (a *adopters) forget(o *object) { a.drop(o, o.deployment.UID) }

// drop forgets the object that was chosen for the deployment of o, if it still is.
func (a *adopters) drop(o *object, chosen types.UID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if key := (adoptee{o.managerName(), o.id}); a.chosen[key] == chosen {
		delete(a.chosen, key)
	}
}
