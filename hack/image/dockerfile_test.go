// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// The files of the image come from this program either way; what is around them stands in the Dockerfile again.
func TestDockerfileSaysTheSame(t *testing.T) {
	g := NewWithT(t)
	data, err := os.ReadFile(filepath.Join(source, "Dockerfile"))
	g.Expect(err).NotTo(HaveOccurred())
	text := string(data)
	at := time.Unix(0, 0)
	want := labels(stamps{Version: "$VERSION", Commit: "$COMMIT", Date: at})
	want["org.opencontainers.image.created"] = "$DATE"
	got := map[string]string{}
	for _, match := range regexp.MustCompile(`(org\.opencontainers\.[\w.]+)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		got[match[1]] = match[2]
	}
	g.Expect(got).To(Equal(want))
	g.Expect(text).To(ContainSubstring(fmt.Sprintf("\nUSER %s\nENTRYPOINT [\"/manager\"]\n", user)))
	for _, from := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1) {
		g.Expect(from[1]).To(MatchRegexp(`^(scratch|.+:.+@sha256:[0-9a-f]{64})$`), "a base image is pinned")
	}
}

// Builders see every package of the operator and of this program, and each is let in by its folder.
func TestDockerignoreLetsPackagesIn(t *testing.T) {
	g := NewWithT(t)
	data, err := os.ReadFile(filepath.Join(source, ".dockerignore"))
	g.Expect(err).NotTo(HaveOccurred())
	root, err := filepath.Abs(source)
	g.Expect(err).NotTo(HaveOccurred())
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}", ".")
	list.Dir = root
	out, err := list.Output()
	g.Expect(err).NotTo(HaveOccurred())
	folders := append(strings.Fields(string(out)), filepath.Join(root, "hack", "image"))
	g.Expect(len(folders)).To(BeNumerically(">", 10))
	for _, folder := range folders {
		relative, err := filepath.Rel(root, folder)
		g.Expect(err).NotTo(HaveOccurred())
		if relative == "." {
			relative = "*.go"
		}
		let := false
		for line := range strings.Lines(string(data)) {
			in, ok := strings.CutPrefix(strings.TrimSpace(line), "!")
			let = let || ok && (relative == in || strings.HasPrefix(relative, in+"/"))
		}
		g.Expect(let).To(BeTrue(), "%s is not let in", relative)
	}
}
