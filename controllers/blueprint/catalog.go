// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/access"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/catalog"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

// offer says in the status whether the catalog lists the blueprint. Of several rivals that are judged at the same moment all may
// say so: the OSB endpoint lists the one that precedes, and the write of each wakes the others.
func (r *reconciler) offer(ctx context.Context, s *scope) (err error) {
	status := &s.blueprint.Status
	if s.blueprint.Spec.Offering == nil {
		status.Offering = nil
		meta.RemoveStatusCondition(&status.Conditions, v1alpha1.OfferedCondition)
		return nil
	}
	c := candidate{
		blueprint: s.blueprint, cluster: r.Cluster, namespace: r.OSBNamespace, pending: s.id != status.BlueprintID,
	}
	if c.deployable, err = r.deployable(ctx, s.blueprint); err != nil {
		return err
	}
	if err := r.readDeclared(ctx, s, &c); err != nil {
		return err
	}
	v, err := r.verdictOn(ctx, &c)
	if err != nil || v.unknown {
		return err
	}
	status.Offering = v.offering
	condition := metav1.Condition{Type: v1alpha1.OfferedCondition, Status: metav1.ConditionFalse, Reason: v.reason, Message: v.message}
	if v.offering != nil {
		condition.Status = metav1.ConditionTrue
	}
	outcome.Set(&status.Conditions, s.blueprint.Generation, condition)
	return nil
}

// readDeclared fills schema where the verdict depends on it. The Manager may have to be asked, once for each revision.
func (r *reconciler) readDeclared(ctx context.Context, s *scope, c *candidate) error {
	if s.template != nil {
		return c.declares(s.template)
	}
	if v, err := r.verdictOn(ctx, c); err != nil || !v.unknown || c.invalid() || s.conn == nil {
		return err
	}
	template, err := s.conn.Template(ctx, s.blueprint.Status.BlueprintID)
	switch {
	case connection.IsOutage(err):
		s.conn.Note(err)
		return nil // it is judged when the Manager is back
	case cloudify.IsNotFound(err):
		return nil
	case err != nil:
		return err
	}
	return c.declares(template)
}

// verdictOn reads which blueprints contend with a candidate, and judges it.
func (r *reconciler) verdictOn(ctx context.Context, c *candidate) (verdict, error) {
	var err error
	if c.others, err = r.rivals(ctx, c.blueprint); err != nil {
		return verdict{}, err
	}
	return judge(*c), nil
}

func (c *candidate) declares(template *cloudify.Template) error {
	schema, err := template.Schema()
	c.schema = &schema
	c.outputs = credentials.Outputs{Capabilities: anyOf(template.Capabilities), Outputs: anyOf(template.Outputs)}
	return err
}

// anyOf gives outputs any value, because values are known only of a deployment.
func anyOf(declared map[string]cloudify.Output) map[string]any {
	values := make(map[string]any, len(declared))
	for name := range declared {
		values[name] = ""
	}
	return values
}

// deployable reports whether service instances may be made of a blueprint.
func (r *reconciler) deployable(ctx context.Context, b *v1alpha1.CloudifyBlueprint) (bool, error) {
	allowed, err := access.OfBlueprint(b).Allows(ctx, r.Client, r.OSBNamespace)
	if apierrors.IsNotFound(err) {
		return false, nil // a selector needs the labels of the namespace, which does not exist yet
	}
	return allowed, err
}

// rivals are the blueprints that want the same name or ID in the catalog as b, those that contend with them, and so on; and those
// that stand for the same blueprint at the Manager.
func (r *reconciler) rivals(ctx context.Context, b *v1alpha1.CloudifyBlueprint) ([]*v1alpha1.CloudifyBlueprint, error) {
	found := map[types.NamespacedName]*v1alpha1.CloudifyBlueprint{client.ObjectKeyFromObject(b): b}
	asked := map[string]bool{}
	for keys := append(index.CatalogKeys(b), catalog.Keys(offeringOf(b, r.Cluster))...); len(keys) > 0; keys = keys[1:] {
		if asked[keys[0]] {
			continue
		}
		asked[keys[0]] = true
		var list v1alpha1.CloudifyBlueprintList
		if err := r.List(ctx, &list, client.MatchingFields{index.Catalog: keys[0]}, client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("list CloudifyBlueprints of the catalog: %w", err)
		}
		for i := range list.Items {
			other := &list.Items[i]
			if found[client.ObjectKeyFromObject(other)] != nil {
				continue
			}
			found[client.ObjectKeyFromObject(other)] = other
			if contends(other) {
				keys = append(keys, catalog.Keys(offeringOf(other, r.Cluster))...)
			}
		}
	}
	delete(found, client.ObjectKeyFromObject(b))
	others := make([]*v1alpha1.CloudifyBlueprint, 0, len(found))
	for _, other := range found {
		others = append(others, other)
	}
	slices.SortFunc(others, catalog.Precedes)
	return others, nil
}

// announceOffer makes an event when a blueprint leaves the catalog, or cannot come into it.
func (r *reconciler) announceOffer(_ context.Context, s *scope, out outcome.Outcome, reported error) {
	if !out.Said(reported) {
		return
	}
	was := meta.FindStatusCondition(s.before.Status.Conditions, v1alpha1.OfferedCondition)
	is := meta.FindStatusCondition(s.blueprint.Status.Conditions, v1alpha1.OfferedCondition)
	if is == nil || is.Status == metav1.ConditionTrue || was != nil && was.Reason == is.Reason ||
		is.Reason == v1alpha1.ReasonNotUploaded || is.Reason == v1alpha1.ReasonDeleting {
		return
	}
	r.Reporter.Announce(s.blueprint, is.Reason, "Offer", is.Message)
}
