// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// secret is the story's Secret to log in with.
func (s *story) secret() *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.operator.namespace, Name: s.name}}
}

// refusals counts the logins that the Manager refused.
func (s *story) refusals() (count int) {
	for _, r := range s.sim.Requests() {
		if r.Status == 401 {
			count++
		}
	}
	return count
}

func TestCredentialsAreMissing(t *testing.T) {
	s := begin(t, nil)
	secret := s.secret()
	s.delete(secret)
	s.create(s.manager)
	where := s.operator.namespace + "/" + s.name
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonInvalidCredentials, "Secret "+where+" not found", "username and password, or token"))

	secret = testenv.Credentials(s.operator.namespace, s.name, "admin", password)
	delete(secret.Data, "password")
	s.create(secret)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonInvalidCredentials, "Secret "+where+" needs the keys", "it has username"))

	s.update(secret, func() { secret.Data["password"] = []byte(password) })
	s.eventually(s.manager, testenv.BeReady())
}

func TestCredentialsAreWrong(t *testing.T) {
	s := begin(t, nil)
	secret := s.secret()
	s.update(secret, func() { secret.Data["password"] = []byte("not-the-password") })
	s.create(s.manager)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonUnauthorized, "Secret "+s.name, "Wrong credentials or locked account"))

	// Whatever wakes the CloudifyManager or needs its connection, the back-off holds: the account must not be locked.
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(cellar(t)))
	s.create(b, s.deployment("shop", nil))
	s.eventually(b, testenv.BeUnknown(v1alpha1.ReasonManagerNotReady, v1alpha1.ReasonUnauthorized))
	for _, note := range []string{"one", "two", "three", "four", "five"} {
		s.update(s.manager, func() { metav1.SetMetaDataAnnotation(&s.manager.ObjectMeta, "note", note) })
		s.update(secret, func() { metav1.SetMetaDataAnnotation(&secret.ObjectMeta, "note", note) })
	}
	s.consistently(s.manager, testenv.BeWaiting(v1alpha1.ReasonUnauthorized))
	s.Expect(s.refusals()).To(Equal(1))

	began := time.Now()
	s.update(secret, func() { secret.Data["password"] = []byte(password) })
	s.eventually(s.manager, testenv.BeReady())
	s.Expect(time.Since(began)).To(BeNumerically("<", 30*time.Second), "a corrected Secret should be tried at once")
	s.eventually(b, testenv.BeReady())
}

func TestPasswordChangesWhileConnected(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	idle := s.installed("idle")
	s.sim.SetPassword("another-password")

	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonUnauthorized, "Secret "+s.name))
	busy := s.deployment("busy", nil)
	s.create(busy)
	s.eventually(busy, testenv.BeUnknown(v1alpha1.ReasonManagerNotReady, v1alpha1.ReasonUnauthorized))
	s.consistently(idle, testenv.BeReady())
	s.Expect(b).To(testenv.BeReady())
	s.Expect(s.refusals()).To(BeNumerically("<=", 2), "who met the refusal, and perhaps somebody at the same moment")

	secret := s.secret()
	s.update(secret, func() { secret.Data["password"] = []byte("another-password") })
	s.eventually(s.manager, testenv.BeReady())
	s.eventually(busy, testenv.BeReady())
}

func TestTokenInsteadOfPassword(t *testing.T) {
	s := begin(t, nil)
	secret := s.secret()
	s.update(secret, func() { secret.Data = map[string][]byte{"token": []byte(s.sim.CreateToken(0))} })
	s.create(s.manager)
	s.eventually(s.manager, testenv.BeReady())

	s.sim.RevokeTokens()
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonUnauthorized))
	s.update(secret, func() { secret.Data = map[string][]byte{"token": []byte(s.sim.CreateToken(0))} })
	s.eventually(s.manager, testenv.BeReady())
}

func TestTenantIsUnknown(t *testing.T) {
	s := begin(t, nil)
	s.manager.Spec.Tenant = "nobodys"
	s.create(s.manager)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonTenantRefused, "tenant nobodys cannot be used", "invalid tenant name", "Give the user a role"))
}
