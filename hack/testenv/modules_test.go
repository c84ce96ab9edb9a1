// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv_test

import (
	"encoding/json"
	"os/exec"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// A package that the operator and the control plane share is compiled once only if both modules require the same version of it.
func TestModulesRequireTheSameVersions(t *testing.T) {
	g := NewWithT(t)

	operator := required(t, "go.mod")
	for module, version := range required(t, "hack", "controlplane", "go.mod") {
		if ours, both := operator[module]; both {
			g.Expect(ours).To(Equal(version), "%s, in go.mod and in hack/controlplane/go.mod: raise the lower one with go get", module)
		}
	}
}

// required are the versions that a go.mod file requires.
func required(t *testing.T, elem ...string) map[string]string {
	t.Helper()
	g := NewWithT(t)
	path, err := testenv.Path(elem...)
	g.Expect(err).NotTo(HaveOccurred())
	printed, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", path).Output()
	g.Expect(err).NotTo(HaveOccurred())
	var file struct {
		Require []struct{ Path, Version string }
	}
	g.Expect(json.Unmarshal(printed, &file)).To(Succeed())
	g.Expect(file.Require).NotTo(BeEmpty())
	versions := make(map[string]string)
	for _, module := range file.Require {
		versions[module.Path] = module.Version
	}
	return versions
}
