// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package docs keeps the documents from falling behind the sources.
package docs

import (
	"os"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestOperationsNamesEveryReason(t *testing.T) {
	namesAll(t, "../api/v1alpha1/conditions.go", `Reason\w+ += "(\w+)"`, "`%`")
}

// namesAll wants every match of a pattern in a source, written in a certain way, in operations.md.
func namesAll(t *testing.T, source, pattern, form string) {
	t.Helper()
	g := NewWithT(t)
	operations, err := os.ReadFile("operations.md")
	g.Expect(err).NotTo(HaveOccurred())
	code, err := os.ReadFile(source)
	g.Expect(err).NotTo(HaveOccurred())
	found := regexp.MustCompile(pattern).FindAllSubmatch(code, -1)
	g.Expect(len(found)).To(BeNumerically(">", 5), "the pattern does not fit %s any more", source)
	for _, match := range found {
		word := strings.ReplaceAll(form, "%", string(match[1]))
		g.Expect(string(operations)).To(ContainSubstring(word))
	}
}
