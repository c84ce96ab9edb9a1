// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

const password = "pw-9f86d081884c7d65"

const blueprint = `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
node_templates:
  host: {type: cloudify.nodes.Root}
`

// A release with the values as they are: it installs, its pods are admitted, the operator becomes ready with what it renders and
// works, and it goes once nothing needs it.
func TestRelease(t *testing.T) {
	g := NewWithT(t)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: namespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	g.Expect(env.Client.Create(t.Context(), ns)).To(Succeed())
	nothingIsWarnedOf(t)
	_, err := helm(t, "install", release, path(t, "config", "chart"), "--namespace", namespace, "--take-ownership")
	g.Expect(err).NotTo(HaveOccurred())
	var deployment appsv1.Deployment
	g.Expect(env.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: release + "-controller-manager"}, &deployment)).To(Succeed())

	t.Run("two replicas, of which a drain takes one", func(t *testing.T) { isHighlyAvailable(t, &deployment) })
	t.Run("pods are admitted where Pod Security is restricted", func(t *testing.T) { areAdmitted(t, &deployment) })
	t.Run("the operator works", func(t *testing.T) { works(t, &deployment) })
}

// nothingIsWarnedOf applies what both tools make, to a server that would warn of what is deprecated or not admitted.
func nothingIsWarnedOf(t *testing.T) {
	t.Helper()
	for name, objects := range map[string][]*unstructured.Unstructured{
		"config/default": kustomize(t, path(t, "config", "default")),
		"the chart":      template(t),
	} {
		_, err := kubectl(t, encode(t, objects), "apply", "--server-side", "--force-conflicts", "--dry-run=server", "--warnings-as-errors",
			"--filename", "-")
		NewWithT(t).Expect(err).NotTo(HaveOccurred(), name)
	}
}

func isHighlyAvailable(t *testing.T, deployment *appsv1.Deployment) {
	g := NewWithT(t)
	pod := labels.Set(deployment.Spec.Template.Labels)
	g.Expect(deployment.Spec.Replicas).To(HaveValue(BeEquivalentTo(2)))
	g.Expect(deployment.Spec.Template.Spec.TopologySpreadConstraints).NotTo(BeEmpty())
	for _, constraint := range deployment.Spec.Template.Spec.TopologySpreadConstraints {
		g.Expect(metav1.LabelSelectorAsSelector(constraint.LabelSelector)).To(Satisfy(func(s labels.Selector) bool { return s.Matches(pod) }))
	}
	var budget policyv1.PodDisruptionBudget
	g.Expect(env.Client.Get(t.Context(), client.ObjectKeyFromObject(deployment), &budget)).To(Succeed())
	g.Expect(budget.Spec.MaxUnavailable).To(HaveValue(HaveField("IntVal", BeEquivalentTo(1))))
	selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(selector.Matches(pod)).To(BeTrue())
	g.Expect(selector.Matches(labels.Set(checkRemoval(t).Spec.Template.Labels))).To(BeFalse(), "the hook's pod is none of the replicas")
}

// checkRemoval is the Job that Helm runs before it removes a release.
func checkRemoval(t *testing.T) *batchv1.Job {
	t.Helper()
	for _, o := range template(t) {
		if o.GetAnnotations()["helm.sh/hook"] != "pre-delete" {
			continue
		}
		var job batchv1.Job
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &job); err != nil {
			t.Fatal(err)
		}
		return &job
	}
	t.Fatal("the chart has no hook before its removal")
	return nil
}

func areAdmitted(t *testing.T, deployment *appsv1.Deployment) {
	g := NewWithT(t)
	admit := func(template corev1.PodTemplateSpec) error {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "pod-", Labels: template.Labels}, Spec: template.Spec}
		return env.Client.Create(t.Context(), pod, client.DryRunAll)
	}
	for range *deployment.Spec.Replicas {
		g.Expect(admit(deployment.Spec.Template)).To(Succeed())
	}
	hook := checkRemoval(t).Spec.Template
	g.Expect(admit(hook)).To(Succeed())
	hook.Spec.SecurityContext = nil
	g.Expect(admit(hook)).To(MatchError(ContainSubstring("violates PodSecurity")), "the namespace enforces nothing")
}

// works runs the operator with the arguments and the ServiceAccount of the release; only the addresses are other ones.
func works(t *testing.T, deployment *appsv1.Deployment) {
	g := NewWithT(t)
	g.SetDefaultEventuallyTimeout(patience)
	g.SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	pod := deployment.Spec.Template.Spec
	g.Expect("system:serviceaccount:" + namespace + ":" + pod.ServiceAccountName).To(Equal(account))
	probes := testenv.FreeAddress(t)
	start(t, append(slices.Clone(pod.Containers[0].Args), "--health-probe-bind-address="+probes, "--metrics-bind-address="+testenv.FreeAddress(t))...)
	g.Eventually(func() error {
		answer, err := http.Get("http://" + probes + "/readyz")
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("readyz answers %s", answer.Status)
		}
		return nil
	}).Should(Succeed())

	remote := testenv.StartManager(t, simulator.Options{Username: "admin", Password: password})
	shop := env.Namespace(t)
	manager := testenv.Manager("default", remote.URL)
	cellar := testenv.Blueprint(shop, "cellar", testenv.Inline(map[string]string{"blueprint.yaml": blueprint}))
	d := testenv.Deployment(shop, "cellar", "cellar")
	for _, o := range []client.Object{testenv.Credentials(namespace, "default", "admin", password), manager, cellar, d} {
		g.Expect(env.Client.Create(t.Context(), o)).To(Succeed())
	}
	get := func(o client.Object) error { return env.Client.Get(t.Context(), client.ObjectKeyFromObject(o), o) }
	g.Eventually(func() (testenv.Object, error) { return d, get(d) }).Should(testenv.BeReady())
	for _, o := range []client.Object{d, cellar, manager} {
		g.Expect(env.Client.Delete(t.Context(), o)).To(Succeed())
		g.Eventually(func() bool { return apierrors.IsNotFound(get(o)) }).Should(BeTrue(), "%T is still there", o)
	}
	g.Expect(remote.Deployments()).To(BeEmpty())
	g.Expect(remote.Blueprints()).To(BeEmpty())
}

// start runs bin/manager as the ServiceAccount of the release.
func start(t *testing.T, args ...string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "operator.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path(t, "bin", "manager"), args...)
	cmd.Env = []string{"KUBECONFIG=" + env.UserKubeconfigFile(t, account), "POD_NAMESPACE=" + namespace}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the operator did not end well: %v", err)
		}
		_ = log.Close()
		text, err := os.ReadFile(log.Name())
		if err != nil {
			t.Error(err)
		}
		for _, word := range []string{"forbidden", "panic", password} {
			if strings.Contains(string(text), word) {
				t.Errorf("the operator logged %q", word)
			}
		}
		if t.Failed() {
			t.Logf("the operator's log:\n%s", text)
		}
	})
}
