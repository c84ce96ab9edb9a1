// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// adopt makes the deployment this object's own, if it may be. The status says so before anything is changed, for it is what
// others go by, after a restart, too.
func (r *reconciler) adopt(ctx context.Context, s *scope) error {
	if err := r.mayAdopt(ctx, s); err != nil {
		r.adopters.forget(s)
		return err
	}
	r.Watcher.Track(s.manager.Name, s.id, s.key, false)
	s.adopting = true
	if c := createdCondition(s, outcome.Outcome{}); c.Reason != v1alpha1.ReasonCreated {
		return nil // its creation must come to an end before the status can say it
	}
	return outcome.Tell(v1alpha1.ReasonAdopting, "deployment %s is adopted; looking at what it has", s.id)
}

// adopters are the objects that were chosen to adopt deployments and whose status does not say so yet, for of two that come in
// the same moment each would find the deployment free. It is lost with the process, and nothing else: what no status says was
// not adopted.
type adopters struct {
	mu     sync.Mutex
	chosen map[adoptee]types.UID
}

// adoptee is a deployment of a Manager.
type adoptee struct{ manager, id string }

// choose chooses an object unless another was chosen before, and returns which one is.
func (a *adopters) choose(s *scope) types.UID {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := adoptee{s.managerName(), s.id}
	if _, ok := a.chosen[key]; !ok {
		if a.chosen == nil {
			a.chosen = map[adoptee]types.UID{}
		}
		a.chosen[key] = s.deployment.UID
	}
	return a.chosen[key]
}

// forget says that an object holds its deployment, and its status says so; or that it will not.
func (a *adopters) forget(s *scope) { a.drop(s, s.deployment.UID) }

// drop forgets the object that was chosen for the deployment of s, if it still is.
func (a *adopters) drop(s *scope, chosen types.UID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if key := (adoptee{s.managerName(), s.id}); a.chosen[key] == chosen {
		delete(a.chosen, key)
	}
}
