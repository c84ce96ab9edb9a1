// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/owned"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

// This file is about deployments whose inputs are outputs of other deployments: where a value comes from, who waits for whom, and in
// which order they go.

// other finds a deployment of the same namespace, nil where there is none.
func (r *reconciler) other(ctx context.Context, s *scope, name string) (*v1alpha1.CloudifyDeployment, error) {
	var d v1alpha1.CloudifyDeployment
	switch err := r.Get(ctx, types.NamespacedName{Namespace: s.key.Namespace, Name: name}, &d); {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // there is none
	case err != nil:
		return nil, fmt.Errorf("read CloudifyDeployment %s: %w", name, err)
	}
	return &d, nil
}

// outputsStand reports whether the outputs of other deployments are as they were when the status was written.
func (r *reconciler) outputsStand(ctx context.Context, s *scope) bool {
	versions := map[string]string{}
	for _, name := range s.deployment.RefersTo() {
		d, err := r.other(ctx, s, name)
		if err != nil || d == nil {
			return false
		}
		secret, err := r.Outputs.Find(ctx, types.NamespacedName{Namespace: s.key.Namespace, Name: d.OutputsSecretName()})
		if err != nil || secret == nil {
			return false
		}
		versions[name] = references.Version(secret)
	}
	return references.Digest(versions) == observed(s.before).Deployments
}

// readOthersOutputs reads what inputsFrom takes from other deployments. What is to be created waits until they are Ready; what exists
// goes on with the outputs that they had last.
func (r *reconciler) readOthersOutputs(ctx context.Context, s *scope, read *referred) error {
	versions, outputs := map[string]string{}, map[string]credentials.Outputs{}
	for _, name := range s.deployment.RefersTo() {
		d, err := r.other(ctx, s, name)
		switch {
		case err != nil:
			return err
		case d == nil:
			return outcome.Wait(v1alpha1.ReasonReferenceMissing, "CloudifyDeployment %s of spec.inputsFrom not found: create it", name)
		case !d.IsReady() && !s.existed():
			return outcome.Wait(v1alpha1.ReasonReferenceNotReady, "CloudifyDeployment %s of spec.inputsFrom is not Ready: %s", name, outcome.Describe(d))
		}
		secret, err := (owned.Secrets{APIReader: r.APIReader, Owner: d}).Read(ctx, d.OutputsSecretName())
		switch {
		case err != nil:
			return err
		case secret == nil || !metav1.IsControlledBy(secret, d):
			return outcome.Wait(v1alpha1.ReasonReferenceNotReady, "CloudifyDeployment %s of spec.inputsFrom has no outputs yet: %s", name, outcome.Describe(d))
		}
		versions[name], outputs[name] = references.Version(secret), credentials.FromSecret(secret.Annotations, secret.Data)
	}
	for i := range s.deployment.Spec.InputsFrom {
		source := &s.deployment.Spec.InputsFrom[i]
		if source.DeploymentRef == nil {
			continue
		}
		value, err := take(source.DeploymentRef, outputs[source.DeploymentRef.Name])
		if err != nil {
			return outcome.Wait(v1alpha1.ReasonReferenceMissing, "%v, which spec.inputsFrom names for input %s", err, source.Input)
		}
		read.values[source.Input] = value
	}
	read.outputs = references.Digest(versions)
	return nil
}

// take takes the value that a reference names, as text.
func take(ref *v1alpha1.OutputReference, from credentials.Outputs) (string, error) {
	sort, name, values := "capability", ref.Capability, from.Capabilities
	if ref.Output != "" {
		sort, name, values = "output", ref.Output, from.Outputs
	}
	text, ok := credentials.Text(values[name])
	if ok {
		return text, nil
	}
	has := "it has none"
	if len(values) > 0 {
		has = "it has " + outcome.Enumerate(slices.Sorted(maps.Keys(values)), 20)
	}
	return "", fmt.Errorf("CloudifyDeployment %s has no %s %s (%s)", ref.Name, sort, name, has)
}

// refuseCircle ends the reconcile of a deployment that, by way of others, takes inputs from itself.
func (r *reconciler) refuseCircle(ctx context.Context, s *scope) error {
	if len(s.deployment.RefersTo()) == 0 {
		return nil
	}
	around, err := r.circle(ctx, s)
	if err != nil || around == nil {
		return err
	}
	return outcome.Stall(v1alpha1.ReasonCircularReference, "CloudifyDeployments take inputs from each other in a circle: %s. Remove one of the references from spec.inputsFrom",
		strings.Join(around, " → "))
}

func (r *reconciler) circle(ctx context.Context, s *scope) (around []string, err error) {
	around = circleOf(s.key.Name, r.refersTo(ctx, s, &err))
	return around, err
}

// refersTo says to which others a deployment of the namespace refers; failed is set where that could not be found out.
func (r *reconciler) refersTo(ctx context.Context, s *scope, failed *error) func(name string) []string {
	return func(name string) []string {
		if name == s.key.Name {
			return s.deployment.RefersTo()
		}
		d, err := r.other(ctx, s, name)
		if err != nil {
			*failed = err
		}
		if d == nil {
			return nil
		}
		return d.RefersTo()
	}
}

// circleOf is a way from a deployment by its references back to itself; nil where there is none.
func circleOf(name string, refersTo func(string) []string) []string {
	seen := map[string]bool{}
	var walk func(at string, way []string) []string
	walk = func(at string, way []string) []string {
		for _, next := range refersTo(at) {
			if next == name {
				return append(slices.Clone(way), next)
			}
			if seen[next] {
				continue
			}
			seen[next] = true
			if around := walk(next, append(slices.Clone(way), next)); around != nil {
				return around
			}
		}
		return nil
	}
	return walk(name, []string{name})
}

// reached are the deployments to which one refers, be it by way of others.
func reached(name string, refersTo func(string) []string) map[string]bool {
	found := map[string]bool{}
	var walk func(at string)
	walk = func(at string) {
		for _, next := range refersTo(at) {
			if !found[next] {
				found[next] = true
				walk(next)
			}
		}
	}
	walk(name)
	return found
}

// awaitReferrers ends the reconcile of a deployment that is to be removed while others take inputs from it. One to which it refers in
// turn does not count: of those that wait for each other somebody must go first.
func (r *reconciler) awaitReferrers(ctx context.Context, s *scope) (err error) {
	if !s.deleting() {
		return nil
	}
	referrers, err := r.referrersOf(ctx, s.key)
	if err != nil || len(referrers) == 0 {
		return err
	}
	mutual := reached(s.key.Name, r.refersTo(ctx, s, &err))
	if err != nil {
		return err
	}
	var names []string
	for i := range referrers {
		if name := referrers[i].Name; !mutual[name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return outcome.Wait(v1alpha1.ReasonDependentsExist, "CloudifyDeployments take inputs from this one: %s. Delete those first, or remove their references, and this deletion continues%s",
		outcome.Enumerate(names, maxDependents), s.wayOut())
}

// referrersOf lists the deployments that take inputs from one.
func (r *reconciler) referrersOf(ctx context.Context, of types.NamespacedName) ([]v1alpha1.CloudifyDeployment, error) {
	var list v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &list, client.InNamespace(of.Namespace), client.MatchingFields{index.InputReference: index.Reference("CloudifyDeployment", of.Name)}); err != nil {
		return nil, fmt.Errorf("list the CloudifyDeployments that refer to %s: %w", of.Name, err)
	}
	return list.Items, nil
}
