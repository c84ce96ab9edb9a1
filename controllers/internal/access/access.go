// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package access reports whether the owner of an object allows its use from a namespace.
package access

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch

// Rule is an allowedNamespaces or blueprintNamespaces, with the namespaces that need no selector.
type Rule struct {
	From     v1alpha1.NamespacesFrom
	Selector *metav1.LabelSelector
	// Own are the namespaces that Same and Operator stand for.
	Own []string
	// Also are namespaces that are let in whatever the rule says.
	Also []string
}

// OfBlueprint is who may deploy a blueprint.
func OfBlueprint(b *v1alpha1.CloudifyBlueprint) Rule {
	rule := Rule{From: v1alpha1.NamespacesFromSame, Own: []string{b.Namespace}}
	if allowed := b.Spec.AllowedNamespaces; allowed != nil {
		rule.From, rule.Selector = allowed.From, allowed.Selector
	}
	return rule
}

// OfManager is whose blueprints a Manager accepts; operatorNamespace is the operator's own. What is discovered there is
// always accepted.
func OfManager(m *v1alpha1.CloudifyManager, operatorNamespace string) Rule {
	rule := Rule{From: v1alpha1.NamespacesFromOperator, Own: []string{operatorNamespace}}
	if allowed := m.Spec.BlueprintNamespaces; allowed != nil {
		rule.From, rule.Selector = allowed.From, allowed.Selector
	}
	if discovery := m.Spec.Discovery; discovery != nil {
		rule.Also = []string{discovery.Namespace}
	}
	return rule
}

// Allows reports whether the rule lets a namespace in. The namespace's labels are read from the cache, metadata only.
func (r Rule) Allows(ctx context.Context, reader client.Reader, namespace string) (bool, error) {
	if slices.Contains(r.Also, namespace) {
		return true, nil
	}
	switch r.From {
	case v1alpha1.NamespacesFromAll:
		return true, nil
	case v1alpha1.NamespacesFromSelector:
		selector, err := metav1.LabelSelectorAsSelector(r.Selector)
		if err != nil {
			return false, fmt.Errorf("selector of allowed namespaces: %w", err)
		}
		var ns metav1.PartialObjectMetadata
		ns.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
		if err := reader.Get(ctx, types.NamespacedName{Name: namespace}, &ns); err != nil {
			return false, fmt.Errorf("read Namespace %s: %w", namespace, err)
		}
		return selector.Matches(labels.Set(ns.Labels)), nil
	default:
		return slices.Contains(r.Own, namespace), nil
	}
}
