// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"testing"

	. "github.com/onsi/gomega"
)

// Values that would make something else than was meant are refused, with what is wrong.
func TestValuesAreChecked(t *testing.T) {
	for set, words := range map[string]string{
		"replcas=3":                      "additional properties 'replcas' not allowed",
		"replicas=-1":                    "/replicas",
		"image.digest=latest":            "/image/digest",
		"labels.control-plane=mine":      "/labels/control-plane",
		"extraArgs={debug}":              "/extraArgs/0",
		"serviceAccount.create=false":    "/serviceAccount/name",
		"osb.credentials.username=alice": "/osb/credentials/password",
		"osb.gateway.kind=GRPCRoute":     "/osb/gateway/kind",
		"osb.certificate.certManager.issuerRef.kind=ClusterIssuer":    "/osb/certificate/certManager/issuerRef",
		"metrics.readers[0].name=prometheus":                          "/metrics/readers/0",
		"osb.enabled=true,osb.ingress.enabled=true":                   "/osb/ingress/host",
		"osb.enabled=true,osb.gateway.enabled=true":                   "/osb/gateway/parentRefs",
		"fullnameOverride=a-name-that-is-too-long-for-a-service-name": "/fullnameOverride",
	} {
		t.Run(set, func(t *testing.T) {
			_, err := helm(t, "template", release, path(t, "config", "chart"), "--set", set)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(words)))
		})
	}
}
