// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"testing"

	"github.com/onsi/gomega"
)

func TestECMA(t *testing.T) {
	for _, expression := range []string{
		``, `abc`, `^[a-z][a-z0-9-]*$`, `a|b`, `(a|b)+?`, `(?:ab){2,3}`, `a{3}`, `a{3,}?`, `.*`, `\d+\.\d+`, `\w\s\S\D\W\bx\B`, `[\w.-]+@[\w-]+`, `[^/\\]+`, `\x41[\x41-\x5a]`,
		`[-a]`, `[a\-z]`, `[$^.*+?(){}|]`, `[[a]`, `^((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}`, `\/`, `(^a|b$)`, `ä`, `\[a\]`, `()`,
	} {
		gomega.NewWithT(t).Expect(isECMA(expression)).To(gomega.BeTrue(), expression)
		_, ok := Pattern(expression)
		gomega.NewWithT(t).Expect(ok).To(gomega.BeTrue(), expression)
	}
	for _, expression := range []string{
		`(?i)a`, `(?i:a)`, `(?s).`, `(?P<name>a)`, `(?<name>a)`, `\Aa`, `a\z`, `a\Z`, `\Qa.b\E`, `\pL`, `\a`, `\x{41}`, `\012`, `\-`, `\_`, `\ `, `a\@b`, // not there, or errors
		`[]a]`, `[^]a]`, `a]`, `a}`, `{a}`, `x{a}`, `[\w-z]`, `[a-\d]`, `[\_]`, `^*`, `$+`, `\b?`, `(*a)`, `|*`, `a\`, `[a`, `[z-\w]`,
	} {
		gomega.NewWithT(t).Expect(isECMA(expression)).To(gomega.BeFalse(), expression)
	}
}
