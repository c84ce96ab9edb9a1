// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package index

import (
	"slices"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// OfferingName is the Catalog value of an offering's name.
func OfferingName(name string) string { return "name/" + name }

// OfferingID is the Catalog value of an offering's ID.
func OfferingID(id string) string { return "id/" + id }

// PlanID is the Catalog value of a plan's ID.
func PlanID(id string) string { return "plan/" + id }

// RemoteBlueprint is the Catalog value of a blueprint at a Manager.
func RemoteBlueprint(manager, id string) string { return "blueprint/" + manager + "/" + id }

// OfferingKeys are the Catalog values of an offering, each of which only one may have.
func OfferingKeys(offering *v1alpha1.OfferingStatus) []string {
	keys := []string{OfferingName(offering.Name), OfferingID(offering.ID)}
	for _, plan := range offering.Plans {
		keys = append(keys, PlanID(plan.ID))
	}
	return keys
}

// CatalogKeys are the Catalog values of a blueprint, as the catalog has it and as the spec names it. IDs that the spec leaves
// to the operator are among them once it is offered.
func CatalogKeys(b *v1alpha1.CloudifyBlueprint) []string {
	keys := []string{RemoteBlueprint(b.ManagerName(), b.Status.BlueprintID)}
	if b.Spec.Source == nil {
		keys = append(keys, RemoteBlueprint(b.ManagerName(), b.RemoteID()))
	}
	if b.Status.Offering != nil {
		keys = append(keys, OfferingKeys(b.Status.Offering)...)
	}
	if spec := b.Spec.Offering; spec != nil {
		keys = append(keys, OfferingName(b.OfferingName()))
		if spec.ID != "" {
			keys = append(keys, OfferingID(spec.ID))
		}
		for _, plan := range spec.Plans {
			if plan.ID != "" {
				keys = append(keys, PlanID(plan.ID))
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
