// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestOptionsThatMakeAnEndpoint(t *testing.T) {
	good := Options{BindAddress: "127.0.0.1:0", CertDir: "c", CredentialsDir: "d", TokenAudience: "a", Namespace: "n"}
	for name, row := range map[string]struct {
		change func(*Options)
		wrong  string
	}{
		"all":                    {func(*Options) {}, ""},
		"every address":          {func(o *Options) { o.BindAddress = ":8090" }, ""},
		"passwords only":         {func(o *Options) { o.TokenAudience = "" }, ""},
		"tokens only":            {func(o *Options) { o.CredentialsDir = "" }, ""},
		"nobody":                 {func(o *Options) { o.CredentialsDir, o.TokenAudience = "", "" }, "otherwise nobody can log in"},
		"no certificate":         {func(o *Options) { o.CertDir = "" }, "--osb-cert-dir"},
		"http":                   {func(o *Options) { o.CertDir, o.Insecure = "", InsecureHTTP }, ""},
		"http without passwords": {func(o *Options) { o.Insecure, o.CredentialsDir, o.TokenAudience = InsecureHTTP, "", "" }, "otherwise nobody can log in"},
		"open": {func(o *Options) {
			o.CertDir, o.CredentialsDir, o.TokenAudience, o.Insecure = "", "", "", InsecureOpen
		}, ""},
		"open on IPv6 loopback": {func(o *Options) { o.BindAddress, o.Insecure = "[::1]:0", InsecureOpen }, ""},
		"open everywhere":       {func(o *Options) { o.BindAddress, o.Insecure = ":8090", InsecureOpen }, "loopback"},
		"open elsewhere":        {func(o *Options) { o.BindAddress, o.Insecure = "192.0.2.1:8090", InsecureOpen }, "loopback"},
		"another word":          {func(o *Options) { o.Insecure = "yes" }, "--osb-insecure"},
		"no port":               {func(o *Options) { o.BindAddress = "127.0.0.1" }, "--osb-bind-address"},
		"no namespace":          {func(o *Options) { o.Namespace = "" }, "--osb-namespace"},
	} {
		g := NewWithT(t)
		options := good
		row.change(&options)
		_, err := options.address()
		if row.wrong == "" {
			g.Expect(err).NotTo(HaveOccurred(), name)
		} else {
			g.Expect(err).To(MatchError(ContainSubstring(row.wrong)), name)
		}
	}
}
