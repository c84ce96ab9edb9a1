// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// fieldManager owns what discovery writes.
const fieldManager = "cloudify-operator-discovery"

// fields are a set of fields as metadata.managedFields writes it: "f:name" leads to a field, "v:value" to an item of a set, and
// a field without members is owned whole.
type fields map[string]any

// isOwner reports whether discovery owns fields of an object.
func isOwner(o metav1.Object) bool { return slices.ContainsFunc(o.GetManagedFields(), isOwn) }

// isOwn reports whether an entry tells what discovery owns.
func isOwn(entry metav1.ManagedFieldsEntry) bool {
	return entry.Manager == fieldManager && entry.Subresource == "" && entry.FieldsV1 != nil
}

// ownedFields are the fields of an object that discovery owns, nil if none.
func ownedFields(o metav1.Object) fields {
	var all fields
	for _, entry := range o.GetManagedFields() {
		if !isOwn(entry) {
			continue
		}
		var some fields
		if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &some); err != nil {
			continue // of a version that is not known; what is written next replaces it
		}
		all = union(all, some)
	}
	return all
}

func union(a, b fields) fields {
	if a == nil {
		return b
	}
	for name, members := range b {
		more, _ := members.(map[string]any)
		has, _ := a[name].(map[string]any)
		a[name] = map[string]any(union(has, more))
	}
	return a
}

func (f fields) member(name string) (fields, bool) {
	members, ok := f["f:"+name].(map[string]any)
	return members, ok
}

// agrees reports whether discovery owns of an object exactly what it wants to write, and the object says that. Who claimed the
// object for its Manager does not matter, nor whether it still is: that is for the controller of CloudifyBlueprints to see to.
func agrees(b *v1alpha1.CloudifyBlueprint, wanted *unstructured.Unstructured) bool {
	live, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&v1alpha1.CloudifyBlueprint{
		ObjectMeta: metav1.ObjectMeta{Labels: b.Labels, Annotations: b.Annotations}, Spec: b.Spec,
	})
	if err != nil {
		return false
	}
	owned := ownedFields(b)
	for _, path := range [][]string{{"metadata", "labels"}, {"metadata", "annotations"}, {"spec"}} {
		want, _, _ := unstructured.NestedMap(wanted.Object, path...)
		is, _, _ := unstructured.NestedMap(live, path...)
		of := owned
		for _, name := range path {
			of, _ = of.member(name)
		}
		delete(want, v1alpha1.ManagerAnnotation)
		delete(of, "f:"+v1alpha1.ManagerAnnotation)
		if !agree(want, is, of) {
			return false
		}
	}
	return true
}

func agree(want, is map[string]any, owned fields) bool {
	for field := range owned {
		if name, ok := strings.CutPrefix(field, "f:"); ok {
			if _, wanted := want[name]; !wanted {
				return false
			}
		}
	}
	for name, value := range want {
		members, ours := owned.member(name)
		if !ours || !agreeOn(value, is[name], members) {
			return false
		}
	}
	return true
}

// agreeOn compares one field.
func agreeOn(want, is any, owned fields) bool {
	switch want := want.(type) {
	case map[string]any:
		live, ok := is.(map[string]any)
		if len(owned) == 0 && len(want) > 0 {
			return reflect.DeepEqual(want, is) // owned whole
		}
		return ok && agree(want, live, owned)
	case []any:
		if len(owned) == 0 {
			return reflect.DeepEqual(want, is)
		}
		items := 0
		for item := range owned {
			if _, ok := strings.CutPrefix(item, "v:"); ok {
				items++
			}
		}
		for _, item := range want {
			text, err := json.Marshal(item)
			if _, ours := owned["v:"+string(text)]; err != nil || !ours {
				return false
			}
		}
		return items == len(want)
	default:
		return reflect.DeepEqual(want, is)
	}
}
