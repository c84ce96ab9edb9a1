// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// access is a Secret with a password.
func (s *story) access(password string) *corev1.Secret {
	s.t.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "access"}, Data: map[string][]byte{"password": []byte(password)},
	}
	s.create(secret)
	return secret
}

// fed is a CloudifyDeployment that takes its password from a key of the Secret access.
func (s *story) fed(name, key string) *v1alpha1.CloudifyDeployment {
	d := s.deployment(name, nil)
	d.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "password", SecretKeyRef: &v1alpha1.KeyReference{Name: "access", Key: key}}}
	return d
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

// Secrets and ConfigMaps are read again at each resync; with the operator watching references, at once.
func TestChangedReferencesAreNoticed(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]func(*controllers.Options){
		"at a resync": func(o *controllers.Options) { o.Resync = time.Second },
		"by a watch":  func(o *controllers.Options) { o.WatchReferences = true },
	} {
		t.Run(name, func(t *testing.T) {
			s := tellOf(t, startOperator(t, options))
			s.blueprint()
			secret := s.access("first-password")
			settings := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "settings"}, Data: map[string]string{"port": "9090"}}
			s.create(settings)
			d := s.fed("shop", "password")
			d.Spec.InputsFrom = append(d.Spec.InputsFrom, v1alpha1.InputSource{Input: "port", ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "settings", Key: "port"}})
			s.create(d)
			s.eventually(d, testenv.BeReady())
			generation := d.Generation

			s.update(secret, func() { secret.Data["password"] = []byte(hidden) })
			s.Eventually(s.input(d, "password")).Should(Equal(hidden))
			s.update(settings, func() { settings.Data["port"] = "9091" })
			s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9091))
			s.eventually(d, testenv.BeReady())
			s.Expect(d.Generation).To(Equal(generation))
			s.Expect(s.executions(d, "update")).To(HaveLen(2))
		})
	}
}

func TestMissingKeyIsAwaited(t *testing.T) {
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.WatchReferences = true }))
	s.blueprint()
	secret := s.access(hidden)
	d := s.fed("shop", "passwort")
	s.create(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonReferenceMissing, "Secret access", "passwort", "input password"))
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.update(secret, func() { secret.Data["passwort"] = secret.Data["password"] })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("password", hidden))
}

// An idle deployment whose Secret goes says so, and leaves what it has.
func TestSecretGoesAwayAndComesBack(t *testing.T) {
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.WatchReferences = true }))
	s.blueprint()
	secret := s.access("first-password")
	d := s.fed("shop", "password")
	s.create(d)
	s.eventually(d, testenv.BeReady())
	changes := s.sim.Changes()
	s.delete(secret)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonReferenceMissing, "access"))
	s.Expect(s.sim.Changes()).To(Equal(changes))

	s.access("second-password")
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("password", "second-password"))
}

// A value from a Secret reaches the Manager and nobody else, though the Manager repeats it when the install fails.
func TestValueOfASecretIsNeverTold(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.access(hidden)
	d := s.deployment("shop", nil)
	d.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "fail_start", SecretKeyRef: &v1alpha1.KeyReference{Name: "access", Key: "password"}}}
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed))
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("fail_start", hidden))
	s.neverTold(d)
}

// neverTold makes sure that the value of a Secret, which a failure's message repeats, is nowhere but at the Manager.
func (s *story) neverTold(d *v1alpha1.CloudifyDeployment) {
	s.t.Helper()
	s.Expect(d.Status.Execution.Error).To(ContainSubstring("******"))
	s.Expect(fmt.Sprint(plainly(d))).NotTo(ContainSubstring(hidden))
	s.Eventually(func() []string { return notes(s.t, d) }).Should(ContainElement(ContainSubstring("******")))
	s.Expect(strings.Join(notes(s.t, d), "\n")).NotTo(ContainSubstring(hidden))
	s.Expect(s.operator.log.line(hidden)).To(BeEmpty())
}

// The same when an update brings the value, and when the next one takes it away again.
func TestValueThatFailsAnUpdateIsNeverTold(t *testing.T) {
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.WatchReferences = true }))
	s.blueprint()
	secret := s.access("")
	d := s.deployment("shop", nil)
	d.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "fail_start", SecretKeyRef: &v1alpha1.KeyReference{Name: "access", Key: "password"}}}
	s.create(d)
	s.eventually(d, testenv.BeReady())

	s.update(secret, func() { secret.Data["password"] = []byte(hidden) })
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "******"))
	s.neverTold(d)
	s.update(secret, func() { secret.Data["password"] = nil })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Installed()).To(BeTrue())
	s.Expect(fmt.Sprint(plainly(d))).NotTo(ContainSubstring(hidden))
}

// The same when the spec does not refer to the Secret any more while the failure is still shown.
func TestValueOfAFormerSecretIsNeverTold(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*v1alpha1.CloudifyDeployment){
		"removed": func(d *v1alpha1.CloudifyDeployment) { d.Spec.InputsFrom = nil },
		"replaced": func(d *v1alpha1.CloudifyDeployment) {
			d.Spec.InputsFrom, d.Spec.Inputs["fail_start"] = nil, testenv.JSON("")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			s.blueprint()
			s.access(hidden)
			d := s.deployment("shop", nil)
			d.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "fail_start", SecretKeyRef: &v1alpha1.KeyReference{Name: "access", Key: "password"}}}
			s.create(d)
			s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed))
			s.update(d, func() {
				change(d)
				d.Spec.Inputs["prot"] = testenv.JSON(1)
			})
			s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, "prot"))
			s.neverTold(d)
		})
	}
}

// A value that a plan fixes stays hidden from those who choose the plan, also in the message of a failed uninstall.
func TestSensitiveValueOfAPlanIsNeverTold(t *testing.T) {
	s := tell(t)
	s.blueprint(func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering = &v1alpha1.Offering{
			SensitiveInputs: []string{"fail_stop"},
			Plans:           []v1alpha1.Plan{{Name: "small", Inputs: map[string]v1alpha1.JSON{"fail_stop": testenv.JSON(hidden)}}},
		}
	})
	d := s.deployment("shop", nil)
	d.Spec.Plan = "small"
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed, "******"))
	s.neverTold(d)
	s.update(d, func() { d.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan })
	s.gone(d)
}

func TestTextThatIsNoJSONIsNotRepeated(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.access(hidden)
	d := s.deployment("shop", nil)
	d.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "port", SecretKeyRef: &v1alpha1.KeyReference{Name: "access", Key: "password"}}}
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, "port", "integer"))
	s.Expect(fmt.Sprint(plainly(d))).NotTo(ContainSubstring(hidden))
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}
