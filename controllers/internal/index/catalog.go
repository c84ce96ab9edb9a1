// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package index

import (
	"slices"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/catalog"
)

// RemoteBlueprint is the Catalog value of a blueprint at a Manager.
func RemoteBlueprint(manager, id string) string { return "blueprint/" + manager + "/" + id }

// CatalogKeys are the Catalog values of a blueprint, as the catalog has it and as the spec names it. IDs that the spec leaves
// to the operator are among them once it is offered. One that was not seen at its Manager stands for nothing there: a key that
// all of these share would make each of a thousand new ones a rival of all others.
func CatalogKeys(b *v1alpha1.CloudifyBlueprint) []string {
	var keys []string
	if b.Status.BlueprintID != "" {
		keys = append(keys, RemoteBlueprint(b.ManagerName(), b.Status.BlueprintID))
	}
	if b.Spec.Source == nil {
		keys = append(keys, RemoteBlueprint(b.ManagerName(), b.RemoteID()))
	}
	if b.Status.Offering != nil {
		keys = append(keys, catalog.Keys(b.Status.Offering)...)
	}
	if spec := b.Spec.Offering; spec != nil {
		keys = append(keys, catalog.NameKey(b.OfferingName()))
		if spec.ID != "" {
			keys = append(keys, catalog.IDKey(spec.ID))
		}
		for _, plan := range spec.Plans {
			if plan.ID != "" {
				keys = append(keys, catalog.PlanKey(plan.ID))
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
