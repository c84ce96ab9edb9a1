// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// situation is all that changesFor looks at.
type situation struct {
	manager string
	// discovery is how to discover; nil: not.
	discovery *v1alpha1.ManagerDiscovery
	// found is what the Manager has; nil: it is not known.
	found []cloudify.Blueprint
	// existing are the objects that were made of what was found at this Manager, wherever they are.
	existing []*v1alpha1.CloudifyBlueprint
	// taken are the names of the objects in the namespace of discovery, and whether somebody wrote them.
	taken map[string]bool
	// used are the CloudifyBlueprints that CloudifyDeployments refer to.
	used map[types.NamespacedName]bool
}

type step string

const (
	stepCreate   step = "Create"
	stepApply    step = "Apply"
	stepWithdraw step = "Withdraw" // no longer offered, for it is used
	stepDelete   step = "Delete"
)

// change is what happens to one CloudifyBlueprint.
type change struct {
	step step
	// existing is the object that changes; not of a Create.
	existing *v1alpha1.CloudifyBlueprint
	// object is what to write; of Create and Apply.
	object *unstructured.Unstructured
	// inTheWay, of a Create, is the name that somebody's own object has.
	inTheWay string
	// vanished: the list lacks the blueprint, which proves nothing yet.
	vanished bool
	// why, of a Withdraw.
	why string
}

// Why something is withdrawn.
const (
	whyOff       = "discovery is off, or uses another namespace"
	whyNotWanted = "discovery no longer selects this blueprint"
	whyVanished  = "the blueprint is no longer at the Manager"
	whyUnoffered = "spec.discovery.offered of the CloudifyManager is false"
)

// changesFor says what has to change, and which blueprints cannot become objects. It is pure, and asks for nothing where all is
// as it should be.
func changesFor(s situation) (changes []change, unfit []string) {
	wanted, present, unfit := s.sort()
	changes = s.revise(wanted, present)
	created, nameless := s.create(wanted)
	unfit = append(unfit, nameless...)
	slices.Sort(unfit)
	return append(changes, created...), unfit
}

// sort tells what was found, by ID: what is to be an object, all there is, and the IDs that no spec can say.
func (s *situation) sort() (wanted, present map[string]*cloudify.Blueprint, unfit []string) {
	wanted, present = map[string]*cloudify.Blueprint{}, map[string]*cloudify.Blueprint{}
	for i := range s.found {
		b := &s.found[i]
		present[b.ID] = b
		switch {
		case !s.wants(b):
		case !representable.MatchString(b.ID):
			unfit = append(unfit, b.ID)
		default:
			wanted[b.ID] = b
		}
	}
	return wanted, present, unfit
}

// revise changes the objects that exist, and takes from wanted what has an object.
func (s *situation) revise(wanted, present map[string]*cloudify.Blueprint) (changes []change) {
	for _, e := range s.existing {
		id := e.RemoteID()
		b := wanted[id]
		switch {
		case s.discovery == nil || e.Namespace != s.discovery.Namespace:
			changes = s.retire(changes, e, whyOff, false)
		case s.found == nil:
		case b != nil:
			delete(wanted, id)
			changes = s.update(changes, e, b)
		case present[id] == nil:
			changes = s.retire(changes, e, whyVanished, true)
		case !present[id].InProgress(): // one that is uploaded again may be wanted again
			changes = s.retire(changes, e, whyNotWanted, false)
		}
	}
	return changes
}

// create makes objects of what has none; unfit are the IDs whose names are all taken.
func (s *situation) create(wanted map[string]*cloudify.Blueprint) (changes []change, unfit []string) {
	for _, b := range inOrder(wanted) {
		name := nameOf(b.ID)
		written, taken := s.taken[name]
		c := change{step: stepCreate}
		if taken {
			if written {
				c.inTheWay = name
			}
			name = suffixed(name, s.manager, b.ID)
		}
		if _, taken = s.taken[name]; taken {
			unfit = append(unfit, b.ID)
			continue
		}
		s.taken[name] = false
		c.object = object(s.manager, s.discovery, b, name, *s.discovery.Offered, "")
		changes = append(changes, c)
	}
	return changes, unfit
}

// wants reports whether a blueprint is to be an object.
func (s *situation) wants(b *cloudify.Blueprint) bool {
	if s.discovery == nil || !b.Uploaded() || uploadedByOperator(b) {
		return false
	}
	for key, value := range s.discovery.Labels {
		if !slices.Contains(b.Labels[strings.ToLower(key)], string(value)) {
			return false
		}
	}
	return true
}

// update makes an object what its blueprint is now. What is used keeps the offering that it was deployed by.
func (s *situation) update(changes []change, e *v1alpha1.CloudifyBlueprint, b *cloudify.Blueprint) []change {
	if !e.DeletionTimestamp.IsZero() {
		return changes
	}
	offered, withdrawn := *s.discovery.Offered, ""
	if !offered && s.used[keyOf(e)] {
		spec, _ := ownedFields(e).member("spec")
		if _, offered = spec.member("offering"); offered {
			withdrawn = whyUnoffered
		}
	}
	o := object(s.manager, s.discovery, b, e.Name, offered, withdrawn)
	if agrees(e, o) {
		return changes
	}
	return append(changes, change{step: stepApply, existing: e, object: o})
}

// retire deletes an object, or withdraws it while somebody needs it. Where its deletion would delete what exists at the
// Manager, that is for people to decide.
func (s *situation) retire(changes []change, e *v1alpha1.CloudifyBlueprint, why string, vanished bool) []change {
	needed := s.used[keyOf(e)] || !vanished && e.EffectiveDeletionPolicy() == v1alpha1.DeletionPolicyDelete
	switch {
	case !e.DeletionTimestamp.IsZero(), needed && e.IsWithdrawn():
		return changes
	case needed:
		return append(changes, change{step: stepWithdraw, existing: e, why: why, vanished: vanished})
	default:
		return append(changes, change{step: stepDelete, existing: e, vanished: vanished})
	}
}

// inOrder sorts blueprints by ID, those first that are names as they are.
func inOrder(blueprints map[string]*cloudify.Blueprint) []*cloudify.Blueprint {
	sorted := make([]*cloudify.Blueprint, 0, len(blueprints))
	for _, b := range blueprints {
		sorted = append(sorted, b)
	}
	rank := func(b *cloudify.Blueprint) int {
		if nameOf(b.ID) == b.ID {
			return 0
		}
		return 1
	}
	slices.SortFunc(sorted, func(a, b *cloudify.Blueprint) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.ID, b.ID))
	})
	return sorted
}
