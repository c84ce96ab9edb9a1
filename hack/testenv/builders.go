// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Manager is a CloudifyManager that accepts everybody's blueprints and logs in with the Secret of its own name.
func Manager(name, endpoint string, options ...func(*v1alpha1.CloudifyManager)) *v1alpha1.CloudifyManager {
	m := &v1alpha1.CloudifyManager{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1alpha1.CloudifyManagerSpec{
			Endpoint:             endpoint,
			Tenant:               "default_tenant",
			CredentialsSecretRef: v1alpha1.LocalObjectReference{Name: name},
			TLS:                  &v1alpha1.ManagerTLS{AllowHTTP: true},
			BlueprintNamespaces:  &v1alpha1.BlueprintNamespaces{From: v1alpha1.NamespacesFromAll},
		},
	}
	return with(m, options)
}

// Credentials is a Secret to log in with.
func Credentials(namespace, name, username, password string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Data:       map[string][]byte{"username": []byte(username), "password": []byte(password)},
	}
}

// Blueprint is a CloudifyBlueprint of the default CloudifyManager that stands for an existing blueprint of its name.
func Blueprint(namespace, name string, options ...func(*v1alpha1.CloudifyBlueprint)) *v1alpha1.CloudifyBlueprint {
	return with(&v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}, options)
}

// At makes a blueprint one of this CloudifyManager.
func At(manager string) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) { b.Spec.ManagerRef = &v1alpha1.ManagerReference{Name: manager} }
}

// Inline gives a blueprint its files, by path.
func Inline(files map[string]string) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) {
		inline := &v1alpha1.InlineSource{}
		for _, path := range slices.Sorted(maps.Keys(files)) {
			content := files[path]
			inline.Files = append(inline.Files, v1alpha1.InlineFile{Path: v1alpha1.FilePath(path), Content: &content})
		}
		b.Spec.Source = &v1alpha1.BlueprintSource{Inline: inline}
	}
}

// FromConfigMap takes the files from a ConfigMap, all of them or those of items.
func FromConfigMap(name string, items ...v1alpha1.KeyToPath) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Source = &v1alpha1.BlueprintSource{ConfigMapRef: &v1alpha1.ConfigMapSource{Name: name, Items: items}}
	}
}

// FromURL takes the archive behind a URL.
func FromURL(url string) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Source = &v1alpha1.BlueprintSource{Archive: &v1alpha1.ArchiveSource{URL: url}}
	}
}

// AllowedFrom says who may deploy a blueprint: Same, All, or Selector with labels.
func AllowedFrom(from v1alpha1.NamespacesFrom, labels map[string]string) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: from}
		if from == v1alpha1.NamespacesFromSelector {
			b.Spec.AllowedNamespaces.Selector = &metav1.LabelSelector{MatchLabels: labels}
		}
	}
}

// Deployment is a CloudifyDeployment of a blueprint in the same namespace.
func Deployment(namespace, name, blueprint string, options ...func(*v1alpha1.CloudifyDeployment)) *v1alpha1.CloudifyDeployment {
	d := &v1alpha1.CloudifyDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.CloudifyDeploymentSpec{BlueprintRef: v1alpha1.BlueprintReference{Name: blueprint}},
	}
	return with(d, options)
}

// Inputs adds to the inputs of a deployment.
func Inputs(values map[string]any) func(*v1alpha1.CloudifyDeployment) {
	return func(d *v1alpha1.CloudifyDeployment) {
		if d.Spec.Inputs == nil {
			d.Spec.Inputs = map[string]v1alpha1.JSON{}
		}
		for name, value := range values {
			d.Spec.Inputs[name] = JSON(value)
		}
	}
}

// JSON is a value as specs hold it.
func JSON(value any) v1alpha1.JSON {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("testenv: %v has no JSON form: %v", value, err))
	}
	return v1alpha1.JSON{Raw: raw}
}

func with[T any](object *T, options []func(*T)) *T {
	for _, option := range options {
		option(object)
	}
	return object
}
