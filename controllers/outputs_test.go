// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
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

func TestForeignSecretIsNotOverwritten(t *testing.T) {
	s := tell(t)
	s.blueprint()
	foreign := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "shop-outputs"}, StringData: map[string]string{"mine": "yes"}}
	s.create(foreign)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonSecretConflict, "shop-outputs", "outputsSecretName"))
	s.Expect(s.outputs("shop-outputs")()).To(Equal(map[string]string{"mine": "yes"}))
	s.update(d, func() { d.Spec.OutputsSecretName = "shop-access" })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.outputs("shop-access")()).To(HaveKey("url"))
}

func TestInputsFromSecretsAndConfigMaps(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", nil)
	d.Spec.InputsFrom = []v1alpha1.InputSource{
		{Input: "password", SecretKeyRef: &v1alpha1.KeyReference{Name: "access", Key: "password"}},
		{Input: "port", ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "settings", Key: "port"}},
	}
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonReferenceMissing, "Secret", "access"))
	access := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "access"}, StringData: map[string]string{"password": hidden}}
	settings := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "settings"}, Data: map[string]string{"port": "eighty"}}
	s.create(access, settings)
	s.ask(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, "port", "JSON"))
	s.update(settings, func() { settings.Data["port"] = "9090" })
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(And(HaveKeyWithValue("password", hidden), HaveKeyWithValue("port", BeEquivalentTo(9090))))

	s.update(settings, func() { settings.Data["port"] = "9091" })
	s.ask(d)
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9091))
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(1) })
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, "port", "both"))
}
