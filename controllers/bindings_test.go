// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// binding is the CloudifyBinding access to the deployment shop, not created yet.
func (s *story) binding() *v1alpha1.CloudifyBinding {
	return &v1alpha1.CloudifyBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "access"},
		Spec:       v1alpha1.CloudifyBindingSpec{DeploymentRef: v1alpha1.LocalObjectReference{Name: "shop"}},
	}
}

func offering(template *v1alpha1.BindingTemplate) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering = &v1alpha1.Offering{Binding: template} }
}

func TestBindingKeepsCredentials(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	access := s.binding()
	s.create(access)
	s.eventually(access, testenv.BeWaiting(v1alpha1.ReasonDeploymentNotFound, "shop"))

	d := s.installed("shop")
	s.eventually(access, And(testenv.BeReady(), HaveField("Status.Binding.Name", "access"), HaveField("Status.DeploymentUID", string(d.UID))))
	s.Expect(s.outputs("access")()).To(Equal(map[string]string{"url": "http://shop:8080"}), "all capabilities, and no output")
	var secret corev1.Secret
	s.Expect(env.Client.Get(t.Context(), types.NamespacedName{Namespace: s.name, Name: "access"}, &secret)).To(Succeed())
	s.Expect(metav1.IsControlledBy(&secret, access)).To(BeTrue(), "it should go with the binding")

	s.update(b, func() {
		offering(&v1alpha1.BindingTemplate{Type: "cellar", Keys: []v1alpha1.BindingKey{
			{Name: "address", Capability: "url"}, {Name: "title", Output: "name"}, {Name: "home", Template: "{{ .address }}/{{ .title | urlquery }}"},
		}})(b)
	})
	s.Eventually(s.outputs("access")).Should(Equal(map[string]string{
		"type": "cellar", "address": "http://shop:8080", "title": "shop", "home": "http://shop:8080/shop",
	}))

	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.Eventually(s.outputs("access")).Should(HaveKeyWithValue("home", "http://shop:9090/shop"), "an update should reach it")

	s.update(access, func() { access.Spec.SecretName = "elsewhere" })
	s.Eventually(s.outputs("elsewhere")).Should(HaveLen(4))
	s.Eventually(s.outputs("access")).Should(BeNil())
}

// At a resync of the deployment outputs may become readable; then only the outputs Secret changes.
func TestBindingFollowsTheOutputsSecret(t *testing.T) {
	s := tell(t)
	s.blueprint(offering(&v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "title", Output: "name"}}}))
	s.sim.Fail("GET deployments/{id}/outputs", http.StatusInternalServerError)
	s.sim.Fail("POST evaluate/functions", http.StatusInternalServerError)
	d, access := s.installed("shop"), s.binding()
	s.create(access)
	s.eventually(access, testenv.BeStalled(v1alpha1.ReasonInvalidCredentialsTemplate, "title", "output name"))

	before := d.Status.DeepCopy()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "shop-outputs"}}
	s.update(secret, func() { // as a resync would
		secret.Data["name"] = []byte("shop")
	})
	s.eventually(access, testenv.BeReady())
	s.Expect(s.outputs("access")()).To(Equal(map[string]string{"title": "shop"}))
	s.Expect(s.fresh(d)()).To(HaveField("Status", *before))
}

// A resync of the deployment reads again what could not be read, without anybody touching an object.
func TestOutputsBecomeReadableAtAResync(t *testing.T) {
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.Resync = 2 * time.Second }))
	s.blueprint(offering(&v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "title", Output: "name"}}}))
	s.sim.Fail("GET deployments/{id}/outputs", http.StatusInternalServerError)
	s.sim.Fail("POST evaluate/functions", http.StatusInternalServerError)
	d, access := s.installed("shop"), s.binding()
	s.create(access)
	s.eventually(access, testenv.BeStalled(v1alpha1.ReasonInvalidCredentialsTemplate, "title", "output name"))

	s.sim.Heal()
	s.eventually(access, testenv.BeReady())
	s.Expect(s.outputs("access")()).To(Equal(map[string]string{"title": "shop"}))
	s.fetch(d)
	s.Expect(d.Generation).To(BeEquivalentTo(1))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
}

func TestServiceBindingTypeIsThatOfTheSecret(t *testing.T) {
	s := tell(t)
	s.blueprint(offering(&v1alpha1.BindingTemplate{Type: "cellar", Provider: "example"}))
	s.installed("shop")
	access := s.binding()
	s.create(access)
	s.eventually(access, testenv.BeReady())
	var secret corev1.Secret
	s.Expect(env.Client.Get(t.Context(), types.NamespacedName{Namespace: s.name, Name: "access"}, &secret)).To(Succeed())
	s.Expect(secret.Type).To(BeEquivalentTo("servicebinding.io/cellar"))
	s.Expect(s.outputs("access")()).To(And(HaveKeyWithValue("type", "cellar"), HaveKeyWithValue("provider", "example"), HaveKey("url")))
}

func TestCredentialsThatCannotBeMade(t *testing.T) {
	s := tell(t)
	b := s.blueprint(offering(&v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "user", Capability: "username"}}}))
	s.installed("shop")
	access := s.binding()
	s.create(access)
	s.eventually(access, testenv.BeStalled(v1alpha1.ReasonInvalidCredentialsTemplate, "user", "capability username", s.name+"/cellar"))
	s.Expect(s.outputs("access")()).To(BeNil())

	s.update(b, func() { offering(nil)(b) })
	s.eventually(access, testenv.BeReady())
}

func TestBindingOverwritesNoSecret(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.installed("shop")
	s.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "access"}, StringData: map[string]string{"mine": "yes"}})
	access := s.binding()
	s.create(access)
	s.eventually(access, testenv.BeWaiting(v1alpha1.ReasonSecretConflict, "access", "spec.secretName"))
	s.Expect(s.outputs("access")()).To(Equal(map[string]string{"mine": "yes"}))
	s.update(access, func() { access.Spec.SecretName = "shop-access" })
	s.eventually(access, testenv.BeReady())
}

func TestBindingFollowsNoOtherDeployment(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	access := s.binding()
	s.create(access)
	s.eventually(access, testenv.BeReady())

	s.delete(d)
	s.gone(d)
	s.eventually(access, testenv.BeWaiting(v1alpha1.ReasonDeploymentNotFound))
	s.Expect(s.outputs("access")()).To(HaveKey("url"), "what was given is not taken away behind its user's back")
	s.Expect(s.outputs("shop-outputs")()).To(BeNil(), "another of its name should not find it taken")
	s.installed("shop")
	s.eventually(access, testenv.BeStalled(v1alpha1.ReasonDeploymentReplaced, "shop"))
	s.delete(access)
	s.gone(access)
}
