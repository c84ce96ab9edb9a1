// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"cmp"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// NameKey is the key of an offering's name.
func NameKey(name string) string { return "name/" + name }

// IDKey is the key of an offering's ID.
func IDKey(id string) string { return "id/" + id }

// PlanKey is the key of a plan's ID. A plan may have the ID of an offering: the broker of 2018 numbered both from 1.
func PlanKey(id string) string { return "plan/" + id }

// Keys returns the keys of an offering. Only one offering in the catalog may have each of them.
func Keys(offering *v1alpha1.OfferingStatus) []string {
	keys := []string{NameKey(offering.Name), IDKey(offering.ID)}
	for _, plan := range offering.Plans {
		keys = append(keys, PlanKey(plan.ID))
	}
	return keys
}

// Entry is a blueprint with its offering as the catalog lists it, or would list it if it won its keys.
type Entry struct {
	Blueprint *v1alpha1.CloudifyBlueprint
	Offering  *v1alpha1.OfferingStatus
}

// Loss says which blueprint has a key that an entry wants.
type Loss struct {
	Winner *v1alpha1.CloudifyBlueprint
	Key    string
}

// Contest gives every key to one of the entries that want it, and returns for each entry the first key that it lost; nil: it
// has all of its keys. An entry that lost one gets none.
func Contest(entries []Entry) []*Loss {
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return Precedes(entries[a].Blueprint, entries[b].Blueprint) })
	losses, taken := make([]*Loss, len(entries)), map[string]*v1alpha1.CloudifyBlueprint{}
	for _, i := range order {
		keys := Keys(entries[i].Offering)
		if lost := slices.IndexFunc(keys, func(key string) bool { return taken[key] != nil }); lost >= 0 {
			losses[i] = &Loss{Winner: taken[keys[lost]], Key: keys[lost]}
			continue
		}
		for _, key := range keys {
			taken[key] = entries[i].Blueprint
		}
	}
	return losses
}

// Precedes compares two blueprints, negative if a comes first and gets the keys that both want: one that somebody wrote comes
// before a discovered one, then the older one. It is a total order.
func Precedes(a, b *v1alpha1.CloudifyBlueprint) int {
	if a.IsDiscovered() != b.IsDiscovered() {
		if b.IsDiscovered() {
			return -1
		}
		return 1
	}
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}
