// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package prometheus tests what this folder gives to Prometheus.
package prometheus

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"
)

// rule is an alert of rules.yaml.
type rule struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// rules are all alerts, and the file of groups that Prometheus itself would load.
func rules(t *testing.T) (alerts []rule, groups []byte) {
	t.Helper()
	g := NewWithT(t)
	var whole struct {
		Spec map[string]any `json:"spec"`
	}
	g.Expect(yaml.Unmarshal(read(t, "rules.yaml"), &whole)).To(Succeed())
	groups, err := yaml.Marshal(whole.Spec)
	g.Expect(err).NotTo(HaveOccurred())
	var parsed struct {
		Groups []struct {
			Rules []rule `json:"rules"`
		} `json:"groups"`
	}
	g.Expect(yaml.Unmarshal(groups, &parsed)).To(Succeed())
	for _, group := range parsed.Groups {
		alerts = append(alerts, group.Rules...)
	}
	g.Expect(len(alerts)).To(BeNumerically(">", 10))
	return alerts, groups
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return data
}

// Each alert fires and resolves, and none fires in the test of another.
func TestAlertsFireAndResolve(t *testing.T) {
	g := NewWithT(t)
	alerts, groups := rules(t)
	tests := read(t, "rules_test.yaml")
	for _, alert := range alerts {
		g.Expect(string(tests)).To(ContainSubstring("name: "+alert.Alert+"\n"), "each alert has a test")
	}
	folder := t.TempDir()
	g.Expect(os.WriteFile(filepath.Join(folder, "rules.yaml"), groups, 0o600)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(folder, "rules_test.yaml"), tests, 0o600)).To(Succeed())
	promtool, err := filepath.Abs("../../bin/tools/promtool")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(promtool).To(BeAnExistingFile(), "make bin/tools/promtool builds it")
	for _, command := range [][]string{{"check", "rules", "--lint-fatal", "rules.yaml"}, {"test", "rules", "rules_test.yaml"}} {
		run := exec.Command(promtool, command...)
		run.Dir = folder
		output, err := run.CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred(), "promtool %v:\n%s", command, output)
	}
}

// Whoever is called finds what to do: each alert leads to its entry in docs/operations.md, and each entry is of an alert.
func TestAlertsLeadToTheirEntries(t *testing.T) {
	g := NewWithT(t)
	_, section, found := strings.Cut(string(read(t, "../../docs/operations.md")), "\n## Alerts\n")
	g.Expect(found).To(BeTrue())
	section, _, _ = strings.Cut(section, "\n## ")
	var entries, names []string
	for line := range strings.Lines(section) {
		if heading, is := strings.CutPrefix(line, "### "); is {
			entries = append(entries, strings.TrimSpace(heading))
		}
	}
	alerts, _ := rules(t)
	for _, alert := range alerts {
		names = append(names, alert.Alert)
		g.Expect(alert.Annotations["runbook_url"]).To(HaveSuffix("/docs/operations.md#"+strings.ToLower(alert.Alert)), alert.Alert)
		g.Expect(alert.Annotations["summary"]).NotTo(BeEmpty(), alert.Alert)
		g.Expect(alert.Annotations["description"]).NotTo(BeEmpty(), alert.Alert)
		g.Expect(alert.Labels["severity"]).To(BeElementOf("critical", "warning", "info"), alert.Alert)
	}
	g.Expect(entries).To(Equal(names), "in the order of rules.yaml")
}
