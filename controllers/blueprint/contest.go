// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
)

// shadowing is the blueprint that somebody wrote for what another was found to be, nil when there is none. It counts once it
// was seen at the Manager: who may not use the Manager takes nothing out of the catalog.
func shadowing(b *v1alpha1.CloudifyBlueprint, others []*v1alpha1.CloudifyBlueprint) *v1alpha1.CloudifyBlueprint {
	if !b.IsDiscovered() {
		return nil
	}
	for _, other := range others {
		if !other.IsDiscovered() && other.DeletionTimestamp.IsZero() && other.ManagerName() == b.ManagerName() && other.Status.BlueprintID == b.RemoteID() {
			return other
		}
	}
	return nil
}

// precedes tells who of two has a name that both want: what somebody wrote before what was found, then the older.
func precedes(a, b *v1alpha1.CloudifyBlueprint) int {
	if a.IsDiscovered() != b.IsDiscovered() {
		if b.IsDiscovered() {
			return -1
		}
		return 1
	}
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// claims tells whether a blueprint is in the catalog, or would be if it had not lost to another.
func claims(b *v1alpha1.CloudifyBlueprint) bool {
	offered := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.OfferedCondition)
	return b.Spec.Offering != nil && b.DeletionTimestamp.IsZero() && offered != nil &&
		(offered.Reason == v1alpha1.ReasonOffered || offered.Reason == v1alpha1.ReasonOfferingNameTaken || offered.Reason == v1alpha1.ReasonOfferingIDTaken)
}

// contest says to whom a candidate lost its name or an ID; nil: it has them all. A winner waits until the one in the catalog
// has left it, so that nothing is ever there twice.
func contest(c candidate, offering *v1alpha1.OfferingStatus) *verdict {
	contenders := []*v1alpha1.CloudifyBlueprint{c.blueprint}
	for _, other := range c.others {
		if claims(other) {
			contenders = append(contenders, other)
		}
	}
	slices.SortFunc(contenders, precedes)
	taken := map[string]*v1alpha1.CloudifyBlueprint{}
	for _, contender := range contenders {
		keys := index.OfferingKeys(offering)
		if contender != c.blueprint {
			keys = index.OfferingKeys(offeringOf(contender, c.cluster))
		}
		lost := slices.IndexFunc(keys, func(key string) bool { return taken[key] != nil })
		switch {
		case lost < 0:
			for _, key := range keys {
				taken[key] = contender
			}
		case contender == c.blueprint:
			return lostTo(taken[keys[lost]], keys[lost])
		}
		if contender == c.blueprint {
			break // who comes after it takes nothing from it
		}
	}
	for _, other := range c.others {
		if other.Status.Offering == nil || !other.IsOffered() {
			continue
		}
		for _, key := range index.OfferingKeys(other.Status.Offering) {
			if taken[key] == c.blueprint {
				waits := lostTo(other, key)
				waits.message += "; or wait until it has left the catalog"
				return waits
			}
		}
	}
	return nil
}

func lostTo(winner *v1alpha1.CloudifyBlueprint, key string) *verdict {
	kind, value, _ := strings.Cut(key, "/")
	v := refuse(v1alpha1.ReasonOfferingIDTaken, "the offering of CloudifyBlueprint %s/%s has the ID %s: set another one", winner.Namespace, winner.Name, value)
	switch kind {
	case "name":
		v = refuse(v1alpha1.ReasonOfferingNameTaken, "the offering of CloudifyBlueprint %s/%s has the name %s: set another one in spec.offering.name", winner.Namespace, winner.Name, value)
	case "plan":
		v.message = strings.Replace(v.message, "has the ID", "has a plan with the ID", 1)
	}
	return &v
}
