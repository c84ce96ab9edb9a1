// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"fmt"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// judge decides whether the catalog lists a blueprint, and as what. It is pure.
func judge(c candidate) verdict {
	b := c.blueprint
	switch {
	case !b.DeletionTimestamp.IsZero():
		return refuse(v1alpha1.ReasonDeleting, "the blueprint is being deleted")
	case b.IsWithdrawn():
		return refuse(v1alpha1.ReasonOfferingWithdrawn, "the annotation %s keeps the offering out of the catalog: %s", v1alpha1.WithdrawnAnnotation, b.Annotations[v1alpha1.WithdrawnAnnotation])
	case b.Status.BlueprintID == "":
		return refuse(v1alpha1.ReasonNotUploaded, "no revision of the blueprint has been uploaded yet")
	case !c.deployable:
		return refuse(v1alpha1.ReasonNotDeployable, "service instances are in namespace %s, which may not use this blueprint: allow it in spec.allowedNamespaces", c.namespace)
	}
	if by := shadowing(b, c.others); by != nil {
		return refuse(v1alpha1.ReasonOfferingShadowed, "CloudifyBlueprint %s/%s represents the same blueprint, was not created by discovery, and takes precedence: define the offering there", by.Namespace, by.Name)
	}
	offering := offeringOf(b, c.cluster)
	switch {
	case c.schema != nil:
		content, problem := describe(offering, c)
		if problem != "" && c.pending && b.Status.Offering != nil {
			return verdict{unknown: true} // it may be right for the revision that comes
		}
		if problem != "" {
			return refuse(v1alpha1.ReasonInvalidOffering, "%s", problem)
		}
		offering.Schema = &v1alpha1.JSON{Raw: content}
	case c.invalid():
		return verdict{unknown: true} // and it does not become valid by itself
	case c.judged() && b.Status.Offering != nil:
		offering.Schema = b.Status.Offering.Schema
	}
	if lost := contest(c, offering); lost != nil {
		return *lost
	}
	if offering.Schema == nil {
		return verdict{unknown: true}
	}
	return verdict{offering: offering, reason: v1alpha1.ReasonOffered, message: "the catalog lists " + offering.Name + omittedTags(b.Spec.Offering)}
}

// omittedTags says which tags the catalog leaves out.
func omittedTags(o *v1alpha1.Offering) string {
	omitted := o.Tags[len(o.ListedTags()):]
	if len(omitted) == 0 {
		return ""
	}
	return fmt.Sprintf(", without %d of its %d tags, because platforms accept at most 2,048 characters of tags: shorten or remove some", len(omitted), len(o.Tags))
}
