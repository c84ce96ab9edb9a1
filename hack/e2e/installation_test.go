// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// installation is what config/default-osb, which is config/default with the OSB endpoint, makes of a cluster.
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

// install applies config/default-osb, for all tests of the package together.
func install(t *testing.T) *installation {
	t.Helper()
	installing.Lock()
	defer installing.Unlock()
	if installed != nil {
		return installed
	}
	k := newKubectl(t)
	manifest := k.run("kustomize", repositoryPath(t, "config", "default-osb"))
	rendered, err := readInstallation([]byte(manifest))
	if err != nil {
		t.Fatalf("read what config/default-osb renders to: %v", err)
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

// What make deploy installs is what is generated from the sources: nothing more is granted, nothing else is served.
func TestInstallationIsWhatIsGenerated(t *testing.T) {
	g := NewWithT(t)
	in := install(t)

	bases := manifests(t, "config", "crd", "bases")
	for _, generated := range bases {
		rendered := in.find("CustomResourceDefinition", generated.GetName())
		g.Expect(rendered).NotTo(BeNil(), generated.GetName())
		g.Expect(rendered.Object["spec"]).To(Equal(generated.Object["spec"]))
	}
	g.Expect(crds(t, in)).To(HaveLen(len(bases)))
	for _, generated := range manifests(t, "config", "rbac", "role.yaml") {
		rendered := in.find(generated.GetKind(), "cloudify-operator-"+generated.GetName())
		g.Expect(rendered).NotTo(BeNil(), generated.GetName())
		g.Expect(rendered.Object["rules"]).To(Equal(generated.Object["rules"]))
	}

	granted := []string{}
	for _, o := range in.objects {
		subjects, _, err := unstructured.NestedSlice(o.Object, "subjects")
		g.Expect(err).NotTo(HaveOccurred())
		if len(subjects) > 0 {
			role, _, err := unstructured.NestedString(o.Object, "roleRef", "name")
			g.Expect(err).NotTo(HaveOccurred())
			granted = append(granted, o.GetKind()+" "+role)
		}
	}
	g.Expect(granted).To(ConsistOf(
		"ClusterRoleBinding cloudify-operator-manager-role", "RoleBinding cloudify-operator-manager-role",
		"RoleBinding cloudify-operator-leader-election-role", "ClusterRoleBinding cloudify-operator-metrics-auth-role",
		"ClusterRoleBinding cloudify-operator-osb-auth-role"))
}

func (in *installation) find(kind, name string) *unstructured.Unstructured {
	for _, o := range in.objects {
		if o.GetKind() == kind && o.GetName() == name {
			return o
		}
	}
	return nil
}

// manifests reads the objects of a file, or of all files of a folder.
func manifests(t *testing.T, elem ...string) (objects []*unstructured.Unstructured) {
	t.Helper()
	path := repositoryPath(t, elem...)
	files, err := filepath.Glob(filepath.Join(path, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		files = []string{path}
	}
	for _, file := range files {
		found, err := decode([]byte(read(t, file)))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		objects = append(objects, found...)
	}
	return objects
}
