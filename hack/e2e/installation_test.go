// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// installation is what config/default makes of a cluster.
type installation struct {
	objects []*unstructured.Unstructured
	// namespace, user and args are those of the operator's pod.
	namespace, user string
	args            []string
}

var (
	installing sync.Mutex
	installed  *installation
)

// install applies config/default, for all tests of the package together.
func install(t *testing.T) *installation {
	t.Helper()
	installing.Lock()
	defer installing.Unlock()
	if installed != nil {
		return installed
	}
	k := newKubectl(t)
	manifest := k.run("kustomize", repositoryPath(t, "config", "default"))
	rendered, err := readInstallation([]byte(manifest))
	if err != nil {
		t.Fatalf("read what config/default renders to: %v", err)
	}
	if _, err := k.try([]byte(manifest), "apply", "--server-side", "--force-conflicts", "--filename", "-"); err != nil {
		t.Fatal(err)
	}
	installed = rendered
	return installed
}

func readInstallation(manifest []byte) (*installation, error) {
	objects, err := decode(manifest)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if o.GetKind() != "Deployment" {
			continue
		}
		var d appsv1.Deployment
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &d); err != nil {
			return nil, fmt.Errorf("read Deployment %s: %w", o.GetName(), err)
		}
		pod := d.Spec.Template.Spec
		return &installation{
			objects: objects, namespace: d.Namespace, args: pod.Containers[0].Args,
			user: "system:serviceaccount:" + d.Namespace + ":" + pod.ServiceAccountName,
		}, nil
	}
	return nil, errors.New("there is no Deployment")
}

// decode reads the objects of a manifest.
func decode(manifest []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(manifest), 4096)
	for {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
}
