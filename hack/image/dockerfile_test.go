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

// Builders see every source of the operator and of this program, and each is let in by its own name or that of a folder.
func TestDockerignoreLetsSourcesIn(t *testing.T) {
	g := NewWithT(t)
	data, err := os.ReadFile(filepath.Join(source, ".dockerignore"))
	g.Expect(err).NotTo(HaveOccurred())
	root, err := filepath.Abs(source)
	g.Expect(err).NotTo(HaveOccurred())
	for _, folder := range []string{".", "hack/image"} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f",
			`{{with .Module}}{{if .Main}}{{range $.GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`, ".")
		list.Dir = filepath.Join(root, folder)
		out, err := list.Output()
		g.Expect(err).NotTo(HaveOccurred())
		files := strings.Fields(string(out))
		g.Expect(files).NotTo(BeEmpty())
		for _, file := range files {
			relative, err := filepath.Rel(root, file)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(letIn(string(data), relative)).To(BeTrue(), "%s is not let in", relative)
		}
	}
}

// letIn reports whether a line of .dockerignore names a file, or a folder above it.
func letIn(ignore, file string) bool {
	for line := range strings.Lines(ignore) {
		if in, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok && (file == in || strings.HasPrefix(file, in+"/")) {
			return true
		}
	}
	return false
}

func TestLetIn(t *testing.T) {
	g := NewWithT(t)
	g.Expect(letIn("*\n!main.go\n!api\n", "main.go")).To(BeTrue())
	g.Expect(letIn("*\n!main.go\n!api\n", "api/v1alpha1/names.go")).To(BeTrue())
	g.Expect(letIn("*\n!main.go\n!api\n", "apiary/names.go")).To(BeFalse())
	g.Expect(letIn("*\n!main.go\n!api\n", "flags.go")).To(BeFalse())
}
