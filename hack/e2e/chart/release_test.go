// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"strings"
	"testing"

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

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// A release with the values as they are: it installs, its pods are admitted, the operator becomes ready with what it renders and
// works, changes with an upgrade, and goes once nothing needs it.
func TestRelease(t *testing.T) {
	g := NewWithT(t)
	makeNamespace(t)
	nothingIsWarnedOf(t)
	env.StartControllers(t, true)
	node := env.StartNode(t)
	_, err := kubectl(t, nil, "delete", "customresourcedefinitions", "--all") // a release brings its own
	g.Expect(err).NotTo(HaveOccurred())
	_, err = helm(t, "install", release, path(t, "config", "chart"), "--namespace", namespace)
	g.Expect(err).NotTo(HaveOccurred())
	deployment := rolledOut(t)

	t.Run("two replicas, of which a drain takes one", func(t *testing.T) { isHighlyAvailable(t, deployment) })
	t.Run("pods are admitted where Pod Security is restricted", func(t *testing.T) { areAdmitted(t, deployment) })
	shop := newShop(t)
	t.Run("the operator works", shop.works)
	t.Run("an upgrade brings new values and CRDs", changes)
	t.Run("it does not go while it is needed", isRefused)
	g.Expect(strings.Contains(node.Log(), "forbidden")).To(BeFalse(), "the operator misses a right") // and loses all with the release
	t.Run("it goes when it may let go of everything", shop.isReleased)
	g.Expect(strings.Contains(node.Log(), password)).To(BeFalse(), "the operator logged a password")
}

// makeNamespace makes that of the release, as the documents say.
func makeNamespace(t *testing.T) {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: namespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	if err := env.Client.Create(t.Context(), ns); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

// rolledOut waits until all pods of the release are ready, and returns their Deployment.
func rolledOut(t *testing.T) *appsv1.Deployment {
	t.Helper()
	g := NewWithT(t)
	_, err := kubectl(t, nil, "rollout", "status", "deployment/"+manager, "--namespace", namespace, "--timeout", patience.String())
	g.Expect(err).NotTo(HaveOccurred())
	var deployment appsv1.Deployment
	g.Expect(env.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: manager}, &deployment)).To(Succeed())
	g.Expect("system:serviceaccount:" + namespace + ":" + deployment.Spec.Template.Spec.ServiceAccountName).To(Equal(account))
	return &deployment
}

// nothingIsWarnedOf applies what both tools make, to a server that would warn of what is deprecated or not admitted.
func nothingIsWarnedOf(t *testing.T) {
	t.Helper()
	for name, objects := range map[string][]*unstructured.Unstructured{
		"config/default": kustomize(t, path(t, "config", "default")),
		"the chart":      template(t),
		"with the endpoint": template(t, "--set", "osb.enabled=true,osb.ingress.enabled=true,osb.ingress.host=osb.example.com,"+
			"osb.credentials.username=platform,osb.credentials.password="+password+",networkPolicy.enabled=true,watchReferences=true"),
	} {
		_, err := kubectl(t, testenv.Encode(t, objects), "apply", "--server-side", "--force-conflicts", "--dry-run=server", "--warnings-as-errors",
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
		if o.GetKind() != "Job" || o.GetAnnotations()["helm.sh/hook"] != "pre-delete" {
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
