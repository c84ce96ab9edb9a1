// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestValues(t *testing.T) {
	g := NewWithT(t)
	given, err := values(parameters(t, `{"a":9223372036854775807,"b":1.5,"c":null,"d":{"e":null}}`))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(given).To(Equal(map[string]any{"a": int64(9223372036854775807), "b": 1.5, "d": map[string]any{"e": nil}}))
	for _, refused := range []string{`{"x":9223372036854775808}`, `{"x":{"y":[1,123456789012345678901]}}`, `{"x":1e999}`} {
		_, err := values(parameters(t, refused))
		g.Expect(err).To(MatchError(ContainSubstring(`parameter "x" contains a number that is too large`)), refused)
	}
}
