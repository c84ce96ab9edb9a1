// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Every root that is trusted without a condition is in the file, as Go reads it, and no other.
func TestCertificates(t *testing.T) {
	g := NewWithT(t)
	want := map[string]bool{}
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			want[string(root.Certificate)] = true
		}
	}
	g.Expect(len(want)).To(BeNumerically(">", 100))
	for rest := certificates(); len(rest) > 0; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		g.Expect(block).NotTo(BeNil())
		certificate, err := x509.ParseCertificate(block.Bytes)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(certificate.IsCA || certificate.Version < 3).To(BeTrue(), "%s is none of an authority", certificate.Subject)
		g.Expect(want).To(HaveKey(string(block.Bytes)))
		delete(want, string(block.Bytes))
	}
	g.Expect(want).To(BeEmpty())
}
