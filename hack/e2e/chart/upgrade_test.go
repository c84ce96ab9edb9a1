// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// changes: an upgrade rolls out changed values, and CRDs that changed; the next one sets both back.
func changes(t *testing.T) {
	g := NewWithT(t)
	const argument = "--zap-log-level=debug"
	upgrade := func(chart string, args ...string) {
		t.Helper()
		_, err := helm(t, append([]string{"upgrade", release, chart, "--namespace", namespace}, args...)...)
		g.Expect(err).NotTo(HaveOccurred())
	}
	upgrade(newerChart(t), "--set", "extraArgs={"+argument+"},image.tag=v2")
	container := rolledOut(t).Spec.Template.Spec.Containers[0]
	g.Expect(container.Args).To(ContainElement(argument))
	g.Expect(container.Image).To(Equal("controller:v2"))
	_, err := kubectl(t, nil, "get", "cfyaccess", "--all-namespaces")
	g.Expect(err).NotTo(HaveOccurred(), "the CRDs should be the newer chart's")

	upgrade(path(t, "config", "chart"), "--reset-values")
	g.Expect(rolledOut(t).Spec.Template.Spec.Containers[0].Args).NotTo(ContainElement(argument))
	_, err = kubectl(t, nil, "get", "cfyaccess", "--all-namespaces")
	g.Expect(err).To(MatchError(ContainSubstring("doesn't have a resource type")))
}

// newerChart is the chart with a CRD that has another short name.
func newerChart(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	chart := filepath.Join(t.TempDir(), "chart")
	g.Expect(os.CopyFS(chart, os.DirFS(path(t, "config", "chart")))).To(Succeed())
	file := filepath.Join(chart, "files", "crd", "bases", "cloudify.co_cloudifybindings.yaml")
	crd, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	names := []byte("    - cfybind\n")
	g.Expect(bytes.Count(crd, names)).To(Equal(1))
	g.Expect(os.WriteFile(file, bytes.Replace(crd, names, append(names, []byte("    - cfyaccess\n")...), 1), 0o600)).To(Succeed())
	return chart
}
