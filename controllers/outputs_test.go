// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// outputs are the keys and values of a Secret; nil when there is none.
func (s *story) outputs(name string) func() map[string]string {
	return func() map[string]string {
		var secret corev1.Secret
		if env.Client.Get(s.t.Context(), types.NamespacedName{Namespace: s.name, Name: name}, &secret) != nil {
			return nil
		}
		values := map[string]string{}
		for key, value := range secret.Data {
			values[key] = string(value)
		}
		return values
	}
}

func TestOutputsSecret(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.Inline(cellar(t, "outputs:\n  name:\n    value: {get_input: name}",
		"outputs:\n  url:\n    value: {get_input: name}\n  options:\n    value: {get_input: options}\n  empty:\n    value: {get_attribute: [app, nothing]}\n  'not a key':\n    value: x")))
	d := s.deployment("shop", map[string]any{"options": map[string]any{"a": 1}})
	s.create(d)
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.Binding", HaveValue(HaveField("Name", "shop-outputs")))))
	s.Expect(s.outputs("shop-outputs")()).To(Equal(map[string]string{"url": "http://shop:8080", "output.url": "shop", "options": `{"a":1}`}))

	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.Eventually(s.outputs("shop-outputs")).Should(HaveKeyWithValue("url", "http://shop:9090"), "an update should reach it")

	s.delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "shop-outputs"}})
	s.ask(d)
	s.Eventually(s.outputs("shop-outputs")).Should(HaveLen(3), "it should come back")

	s.update(d, func() { d.Spec.OutputsSecretName = "access" })
	s.Eventually(s.outputs("access")).Should(HaveLen(3))
	s.Eventually(s.outputs("shop-outputs")).Should(BeNil())
}

// A spec changed during an install still gets the outputs of the install, and keeps them.
func TestOutputsOfAnInstallAreWrittenWhateverFollows(t *testing.T) {
	s := tell(t)
	s.blueprint()
	updated, mistaken := s.deployment("updated", map[string]any{"install_seconds": forever}), s.deployment("mistaken", map[string]any{"install_seconds": forever})
	s.create(updated, mistaken)
	s.installing(updated)
	s.installing(mistaken)
	s.sim.FailWorkflow("update", "no quota", 1)
	s.update(updated, func() { updated.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.update(mistaken, func() { mistaken.Spec.Inputs["no_such"] = testenv.JSON(1) })
	s.afterForever()
	s.eventually(updated, testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "no quota"))
	s.eventually(mistaken, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, "no_such"))
	for _, d := range []*v1alpha1.CloudifyDeployment{updated, mistaken} {
		s.Expect(d.Status.Binding).To(HaveValue(HaveField("Name", d.Name+"-outputs")))
		s.Expect(s.outputs(d.Name + "-outputs")()).To(HaveKeyWithValue("url", "http://"+d.Name+":8080"))
	}
}

// A Secret in the way of the outputs is found before anything is created, and never touched.
func TestForeignSecretIsNotOverwritten(t *testing.T) {
	s := tell(t)
	s.blueprint()
	foreign := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "shop-outputs"}, StringData: map[string]string{"mine": "yes"}}
	s.create(foreign)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonSecretConflict, "shop-outputs", "outputsSecretName"))
	s.Expect(s.outputs("shop-outputs")()).To(Equal(map[string]string{"mine": "yes"}))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.CreatedCondition, metav1.ConditionFalse, v1alpha1.ReasonNotFound))
	_, created := s.sim.Deployment(remoteID(d))
	s.Expect(created).To(BeFalse(), "nothing was to be created at the Manager")
	s.update(d, func() { d.Spec.OutputsSecretName = "shop-access" })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.outputs("shop-access")()).To(HaveKey("url"))
}

func TestOutputsSecretIsOwned(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	var secret corev1.Secret
	s.Expect(env.Client.Get(t.Context(), types.NamespacedName{Namespace: s.name, Name: d.Status.Binding.Name}, &secret)).To(Succeed())
	s.Expect(metav1.IsControlledBy(&secret, d)).To(BeTrue())
}

// By its label, tools that bind services find the kind.
func TestKindIsAProvisionedService(t *testing.T) {
	g := NewWithT(t)
	scheme := runtime.NewScheme()
	g.Expect(apiextensionsv1.AddToScheme(scheme)).To(Succeed())
	c, err := client.New(env.RestConfig, client.Options{Scheme: scheme})
	g.Expect(err).NotTo(HaveOccurred())
	var crd apiextensionsv1.CustomResourceDefinition
	g.Expect(c.Get(t.Context(), types.NamespacedName{Name: "cloudifydeployments.cloudify.co"}, &crd)).To(Succeed())
	g.Expect(crd.Labels).To(HaveKeyWithValue("servicebinding.io/provisioned-service", "true"))
}

// The status names what the Secret cannot hold, for as long as that is so.
func TestOutputsThatAreNoKeysAreNamed(t *testing.T) {
	s := tell(t)
	s.blueprint(testenv.Inline(cellar(t, "outputs:\n", "outputs:\n  'not a key':\n    value: x\n")))
	d := s.installed("shop")
	s.Expect(s.outputs("shop-outputs")()).To(HaveLen(2))
	told := func() (notes []string) {
		for _, event := range env.Events(t, d) {
			if event.Reason == "OutputsOmitted" {
				notes = append(notes, event.Note)
			}
		}
		return notes
	}
	names := WithTransform(readyMessage, ContainSubstring("Secret shop-outputs cannot hold not a key: a key may contain only letters"))
	s.Eventually(told).Should(ConsistOf(ContainSubstring("not a key")))
	s.Expect(d).To(names)

	s.update(d, func() { d.Spec.Labels = map[string]v1alpha1.RemoteLabelValue{"cost": "1"} }) // the outputs are not read for it
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.ObservedGeneration", d.Generation), names))
	_, err := s.sim.StartExecution(remoteID(d), "restart", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, HaveField("Status.Execution.Workflow", "restart"))
	s.eventually(d, And(testenv.BeReady(), names))
	s.Expect(told()).To(HaveLen(1), "what is known is not told again")
}

// The Secret follows every execution, whoever started it.
func TestOutputsAreRefreshedAfterWhatSomebodyElseRan(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	written := func() (string, error) {
		var secret corev1.Secret
		err := env.Client.Get(t.Context(), types.NamespacedName{Namespace: s.name, Name: "shop-outputs"}, &secret)
		return secret.ResourceVersion, err
	}
	before, err := written()
	s.Expect(err).NotTo(HaveOccurred())
	_, err = s.sim.StartExecution(remoteID(d), "restart", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.Eventually(written).ShouldNot(Equal(before))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.outputs("shop-outputs")()).To(HaveKeyWithValue("url", "http://shop:8080"))
}

// When a Secret is deleted, or no longer in the way, nobody needs to request a retry.
func TestOutputsSecretComesBackByItself(t *testing.T) {
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.Resync = time.Second }))
	s.blueprint()
	foreign := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "shop-outputs"}}
	s.create(foreign)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonSecretConflict, "shop-outputs"))
	s.Expect(d.Status.Binding).To(BeNil())
	s.delete(foreign)
	s.eventually(d, testenv.BeReady())

	s.delete(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "shop-outputs"}})
	s.Eventually(s.outputs("shop-outputs")).Should(HaveLen(2))
}

func TestOutputsSecretOfAnotherDeploymentIsNotOverwritten(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.installed("shop")
	d := s.deployment("office", nil)
	d.Spec.OutputsSecretName = "shop-outputs"
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonSecretConflict, "shop-outputs", "outputsSecretName"))
	s.Expect(s.outputs("shop-outputs")()).To(HaveKeyWithValue("url", "http://shop:8080"))
	s.delete(d)
	s.gone(d)
	s.Expect(s.outputs("shop-outputs")()).To(HaveKeyWithValue("url", "http://shop:8080"))
}
