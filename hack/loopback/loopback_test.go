// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package loopback

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"

	. "github.com/onsi/gomega"
)

func TestAddressesAreFreeAndDiffer(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for range 20 {
		var one, other string
		g.Expect(Addresses(&one, &other)).To(Succeed())
		for _, address := range []string{one, other} {
			g.Expect(seen).NotTo(HaveKey(address))
			seen[address] = true
			listener, err := net.Listen("tcp", address)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(listener.Close()).To(Succeed())
		}
	}
}

func TestCertificateIsForLoopbackAndTrustsItself(t *testing.T) {
	g := NewWithT(t)
	public, private, err := Certificate()
	g.Expect(err).NotTo(HaveOccurred())
	pair, err := tls.X509KeyPair(public, private)
	g.Expect(err).NotTo(HaveOccurred())
	trusted := x509.NewCertPool()
	g.Expect(trusted.AppendCertsFromPEM(public)).To(BeTrue())
	_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: trusted, DNSName: "127.0.0.1"})
	g.Expect(err).NotTo(HaveOccurred())
}
