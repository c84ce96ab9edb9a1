// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/catalog"
)

// shadowing is the object that somebody wrote for the same blueprint at the Manager as a discovered one; nil: there is none. It
// counts once it was seen at the Manager, so that somebody who may not use the Manager takes nothing out of the catalog.
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

// contends reports whether a blueprint is in the catalog, or would be if it had not lost to another.
func contends(b *v1alpha1.CloudifyBlueprint) bool {
	offered := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.OfferedCondition)
	return b.Spec.Offering != nil && b.DeletionTimestamp.IsZero() && offered != nil &&
		(offered.Reason == v1alpha1.ReasonOffered || offered.Reason == v1alpha1.ReasonOfferingNameTaken || offered.Reason == v1alpha1.ReasonOfferingIDTaken)
}

// contest says to whom a candidate lost its name or an ID; nil: it has them all. Others count with what their specs ask for:
// one that is still listed by an earlier spec keeps that place only while none that precedes it wants the same.
func contest(c candidate, offering *v1alpha1.OfferingStatus) *verdict {
	entries := []catalog.Entry{{Blueprint: c.blueprint, Offering: offering}}
	for _, other := range c.others {
		if contends(other) {
			entries = append(entries, catalog.Entry{Blueprint: other, Offering: offeringOf(other, c.cluster)})
		}
	}
	if loss := catalog.Contest(entries)[0]; loss != nil {
		return lostTo(loss.Winner, loss.Key)
	}
	return nil
}

func lostTo(winner *v1alpha1.CloudifyBlueprint, key string) *verdict {
	kind, value, _ := strings.Cut(key, "/")
	v := refuse(v1alpha1.ReasonOfferingIDTaken, "the offering of CloudifyBlueprint %s/%s already has the ID %s: set another one", winner.Namespace, winner.Name, value)
	switch kind {
	case "name":
		v = refuse(v1alpha1.ReasonOfferingNameTaken, "the offering of CloudifyBlueprint %s/%s already has the name %s: set another one in spec.offering.name", winner.Namespace, winner.Name, value)
	case "plan":
		v.message = strings.Replace(v.message, "has the ID", "has a plan with the ID", 1)
	}
	return &v
}
