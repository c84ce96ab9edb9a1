// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// Every sample applies and becomes Ready, at a Manager that has what they say it has.
func TestSamplesBecomeReady(t *testing.T) {
	g := NewWithT(t)
	startOperator(t).mustNotLog("change-me")
	k := newKubectl(t)
	remote := testenv.StartManager(t, simulator.Options{Username: "admin", Password: "change-me"})
	g.Expect(remote.AddBlueprint("nodecellar", simulator.Zip(map[string]string{"blueprint.yaml": read(t, "testdata/shop-blueprint.yaml")}), "")).To(Succeed())

	samples, err := decode([]byte(k.run("kustomize", repositoryPath(t, "config", "samples"))))
	g.Expect(err).NotTo(HaveOccurred())
	var ours []*unstructured.Unstructured
	for _, o := range samples {
		if o.GetKind() == "CloudifyManager" {
			g.Expect(unstructured.SetNestedField(o.Object, remote.URL, "spec", "endpoint")).To(Succeed())
			g.Expect(unstructured.SetNestedField(o.Object, true, "spec", "tls", "allowHTTP")).To(Succeed())
		}
		manifest, err := yaml.Marshal(o.Object)
		g.Expect(err).NotTo(HaveOccurred())
		k.apply(manifest)
		if o.GroupVersionKind().Group == v1alpha1.GroupVersion.Group {
			ours = append(ours, o)
		}
	}
	t.Cleanup(func() { release(ours) })

	for _, o := range ours {
		k.run(on(o, "wait", "--for=condition=Ready", "--timeout=60s")...)
	}
	g.Expect(remote.Deployments()).To(HaveLen(3))
	k.run("wait", "cloudifyblueprint/database", "--namespace", "cloudify-operator-system", "--for=condition=Offered", "--timeout=60s")
	k.run("wait", "cloudifymanager/catalog", "--for=condition=Discovered", "--timeout=60s")
	k.run("wait", "cloudifyblueprint/nodecellar", "--namespace", "cloudify-catalog", "--for=condition=Ready", "--timeout=60s")
	for _, o := range ours {
		k.run(on(o, "delete", "--wait=false")...)
	}
	for _, o := range ours {
		k.run(on(o, "wait", "--for=delete", "--timeout=60s")...)
	}
	g.Expect(remote.Deployments()).To(BeEmpty())
	g.Expect(remote.Blueprints()).To(HaveLen(1), "what was found at the Manager should stay there")
}

// on is a command about an object.
func on(o *unstructured.Unstructured, command string, flags ...string) []string {
	args := append([]string{command, o.GetKind() + "/" + o.GetName()}, flags...)
	if namespace := o.GetNamespace(); namespace != "" {
		args = append(args, "--namespace", namespace)
	}
	return args
}

// release lets objects go that a story which broke off leaves behind.
func release[T client.Object](objects []T) {
	ctx := context.Background() // that of the test is over
	for _, o := range objects {
		_ = env.Client.Delete(ctx, o)
		_ = env.Client.Patch(ctx, o, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))
	}
}

// No sample is forgotten by its kustomization, and so by the stories.
func TestSamplesAreListed(t *testing.T) {
	for _, folder := range []string{"config/samples", "config/samples/platforms"} {
		t.Run(folder, func(t *testing.T) { lists(t, repositoryPath(t, folder)) })
	}
}

func lists(t *testing.T, folder string) {
	t.Helper()
	g := NewWithT(t)
	var kustomization struct{ Resources []string }
	g.Expect(yaml.Unmarshal([]byte(read(t, filepath.Join(folder, "kustomization.yaml"))), &kustomization)).To(Succeed())

	paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	files := []string{}
	for _, path := range paths {
		if name := filepath.Base(path); name != "kustomization.yaml" {
			files = append(files, name)
		}
	}
	g.Expect(kustomization.Resources).To(ConsistOf(files))
}
