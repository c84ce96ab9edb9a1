// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
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
	ours = append(ours, createdByNight(t, k, samples))
	k.run(on(ours[len(ours)-1], "wait", "--for=condition=Ready", "--timeout=60s")...)
	g.Expect(remote.Deployments()).To(HaveLen(5))
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

// createdByNight does what the pod of the CronJob does, with its arguments, its files and no other rights than its own, and returns what
// that makes.
func createdByNight(t *testing.T, k kubectl, samples []*unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	g := NewWithT(t)
	var job batchv1.CronJob
	var manifests corev1.ConfigMap
	for _, o := range samples {
		var into any
		switch {
		case o.GetKind() == "CronJob":
			into = &job
		case o.GetKind() == "ConfigMap" && o.GetNamespace() == "default":
			into = &manifests
		default:
			continue
		}
		g.Expect(runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, into)).To(Succeed())
	}
	pod := job.Spec.JobTemplate.Spec.Template.Spec
	g.Expect(pod.Containers).To(HaveLen(1))
	g.Expect(pod.Volumes).To(ConsistOf(HaveField("ConfigMap.Name", manifests.Name)))
	folder := t.TempDir()
	for name, content := range manifests.Data {
		g.Expect(os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600)).To(Succeed())
	}
	k.kubeconfig = env.UserKubeconfigFile(t, "system:serviceaccount:"+job.Namespace+":"+pod.ServiceAccountName)
	args := []string{"--namespace", job.Namespace, "--output", "name"} // the namespace is known in a pod
	for _, arg := range pod.Containers[0].Args {
		args = append(args, strings.ReplaceAll(arg, pod.Containers[0].VolumeMounts[0].MountPath, folder))
	}
	_, name, _ := strings.Cut(strings.TrimSpace(k.run(args...)), "/")
	made := &unstructured.Unstructured{}
	made.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudifyExecution"))
	made.SetNamespace(job.Namespace)
	made.SetName(name)
	return made
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
