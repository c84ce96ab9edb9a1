// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// Every link to a file of the repository, and to a heading of a document, leads somewhere.
func TestLinksLeadSomewhere(t *testing.T) {
	g := NewWithT(t)
	documents, err := filepath.Glob("*.md")
	g.Expect(err).NotTo(HaveOccurred())
	others, err := filepath.Glob("../*.md")
	g.Expect(err).NotTo(HaveOccurred())
	count := 0
	for _, document := range append(documents, others...) {
		text := regexp.MustCompile("`[^`\n]*`").ReplaceAllString(read(t, document), "") // a pattern in code may look like a link
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			count++
			path, heading, _ := strings.Cut(link[1], "#")
			target := document
			if path != "" {
				target = filepath.Join(filepath.Dir(document), path)
			}
			_, err := os.Stat(target)
			g.Expect(err).NotTo(HaveOccurred(), "a link of %s", document)
			if heading != "" {
				g.Expect(slices.Contains(anchors(read(t, target)), heading)).To(BeTrue(), "%s leads to %s", document, link[1])
			}
		}
	}
	g.Expect(count).To(BeNumerically(">", 20), "links found")
}

// anchors are what headings are reached by: in lower case, with hyphens for spaces, without other signs.
func anchors(text string) (found []string) {
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		anchor := strings.ReplaceAll(strings.ToLower(heading[1]), " ", "-")
		found = append(found, regexp.MustCompile(`[^a-z0-9_-]`).ReplaceAllString(anchor, ""))
	}
	return found
}
