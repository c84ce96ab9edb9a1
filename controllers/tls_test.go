// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// behindTLS serves the story's Manager with a certificate of its own, which it returns in PEM.
func (s *story) behindTLS(tls v1alpha1.ManagerTLS) []byte {
	s.t.Helper()
	server := httptest.NewUnstartedServer(s.sim)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are meant to fail
	server.StartTLS()
	s.t.Cleanup(server.Close)
	s.manager.Spec.Endpoint, s.manager.Spec.TLS = server.URL, &tls
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

func TestCertificateOfUnknownAuthority(t *testing.T) {
	s := begin(t, nil)
	authority := s.behindTLS(v1alpha1.ManagerTLS{})
	s.create(s.manager)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonCertificateRefused, "unknown authority", "tls.caRef"))

	// The authority is in a ConfigMap, which comes later.
	s.update(s.manager, func() { s.manager.Spec.TLS.CARef = &v1alpha1.CAReference{Kind: "ConfigMap", Name: s.name} })
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonInvalidTLS, "ConfigMap "+s.operator.namespace+"/"+s.name, "key ca.crt"))
	config := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.operator.namespace, Name: s.name},
		Data:       map[string]string{"ca.crt": "this is no certificate"},
	}
	s.create(config)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonInvalidConfiguration, "no PEM certificate", "tls.caRef"))
	s.update(config, func() { config.Data["ca.crt"] = string(authority) })
	s.eventually(s.manager, testenv.BeReady())
}

func TestCertificateAuthorityInASecret(t *testing.T) {
	s := begin(t, nil)
	authority := s.behindTLS(v1alpha1.ManagerTLS{CARef: &v1alpha1.CAReference{Kind: "Secret", Name: "authority", Key: "root.pem"}})
	s.manager.Spec.TLS.CARef.Name = s.name + "-authority"
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.operator.namespace, Name: s.name + "-authority"}}
	s.create(secret, s.manager)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonInvalidTLS, "Secret", "has no key root.pem"))
	s.update(secret, func() { secret.Data = map[string][]byte{"root.pem": authority} })
	s.eventually(s.manager, testenv.BeReady())

	// The certificate is for example.com, too.
	s.update(s.manager, func() { s.manager.Spec.TLS.ServerName = "elsewhere.example.org" })
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonCertificateRefused, "tls.serverName"))
	s.update(s.manager, func() { s.manager.Spec.TLS.ServerName = "example.com" })
	s.eventually(s.manager, testenv.BeReady())
}

func TestCertificateIsNotLookedAt(t *testing.T) {
	s := begin(t, nil)
	s.behindTLS(v1alpha1.ManagerTLS{InsecureSkipVerify: true})
	s.create(s.manager)
	s.eventually(s.manager, testenv.BeReady())
}
