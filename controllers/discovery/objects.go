// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// Bounds of the types.
const (
	maxDescription = 1024
	maxTags        = 64
	maxTag         = 255
)

// object is what discovery writes of a blueprint, and all that it owns of the object. It is born claimed, with what
// connection.Claim would set, so that the controller of CloudifyBlueprints need not write it first.
func object(manager string, d *v1alpha1.ManagerDiscovery, b *cloudify.Blueprint, name string, offered bool, withdrawn string) *unstructured.Unstructured {
	spec := map[string]any{
		"managerRef":  map[string]any{"name": manager},
		"blueprintID": b.ID,
	}
	if d.AllowedNamespaces != nil {
		allowed, err := runtime.DefaultUnstructuredConverter.ToUnstructured(d.AllowedNamespaces)
		if err != nil {
			panic(err) // strings, and a selector that came as JSON
		}
		spec["allowedNamespaces"] = allowed
	}
	if offered {
		offering := map[string]any{}
		if b.Description != "" {
			offering["description"] = outcome.Truncate(b.Description, maxDescription)
		}
		if tags := tagsOf(b.Labels); len(tags) > 0 {
			offering["tags"] = tags
		}
		spec["offering"] = offering
	}
	o := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	o.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudifyBlueprint"))
	o.SetNamespace(d.Namespace)
	o.SetName(name)
	o.SetLabels(map[string]string{v1alpha1.DiscoveredByLabel: manager})
	o.SetFinalizers([]string{v1alpha1.Finalizer})
	annotations := map[string]string{v1alpha1.ManagerAnnotation: manager}
	if withdrawn != "" {
		annotations[v1alpha1.WithdrawnAnnotation] = withdrawn
	}
	o.SetAnnotations(annotations)
	return o
}

// tagsOf makes tags key:value of labels, without those that the Manager and operators use for themselves.
func tagsOf(labels cloudify.LabelSet) []any {
	var tags []any
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if strings.HasPrefix(key, "csys-") || strings.HasPrefix(key, "k8s-") || key == v1alpha1.RemoteLabelManagedBy {
			continue
		}
		for _, value := range slices.Compact(slices.Sorted(slices.Values(labels[key]))) {
			if tag := key + ":" + value; len(tag) <= maxTag && len(tags) < maxTags {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}

var (
	// representable are the IDs that spec.blueprintID can say.
	representable = regexp.MustCompile(`^[A-Za-z0-9\-._~]{1,256}$`)
	// revision are the IDs of what an operator uploads.
	revision = regexp.MustCompile(`^k8s-.+-[0-9a-f]{16}$`)
	unusual  = regexp.MustCompile(`[^a-z0-9.]+`)
)

// uploadedByOperator reports whether an operator, of this cluster or another, uploaded the blueprint for a CloudifyBlueprint.
func uploadedByOperator(b *cloudify.Blueprint) bool {
	return revision.MatchString(b.ID) || slices.Contains(b.Labels[v1alpha1.RemoteLabelManagedBy], v1alpha1.ManagedBy)
}

// maxName leaves room for a suffix, and for the longer names that are made of this one.
const maxName = 200

// nameOf is an ID as the name of an object: in lower case, with a hyphen for what cannot be in a name.
func nameOf(id string) string {
	var parts []string
	for part := range strings.SplitSeq(unusual.ReplaceAllString(strings.ToLower(id), "-"), ".") {
		if part = strings.Trim(part, "-"); part != "" {
			parts = append(parts, part)
		}
	}
	name := strings.Join(parts, ".")
	if len(name) > maxName {
		name = strings.TrimRight(name[:maxName], "-.")
	}
	if name == "" {
		return "blueprint"
	}
	return name
}

// suffixed is another name for the blueprint of a Manager, always the same.
func suffixed(name, manager, id string) string {
	sum := sha256.Sum256([]byte(manager + "/" + id))
	return name + "-" + hex.EncodeToString(sum[:4])
}

func keyOf(b *v1alpha1.CloudifyBlueprint) types.NamespacedName {
	return types.NamespacedName{Namespace: b.Namespace, Name: b.Name}
}
