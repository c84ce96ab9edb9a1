// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/gomega"
)

// overlay is a folder as somebody's own would be: components over a base, both of this repository.
func (c *cluster) overlay(base string, components ...string) string {
	c.t.Helper()
	folder := c.t.TempDir()
	content := &strings.Builder{}
	reach := func(path string) string { // kustomize takes no absolute paths
		relative, err := filepath.Rel(folder, filepath.Join(c.root, path))
		c.Expect(err).NotTo(HaveOccurred())
		return relative
	}
	fmt.Fprintf(content, "resources:\n- %s\ncomponents:\n", reach(base))
	for _, component := range components {
		fmt.Fprintf(content, "- %s\n", reach(component))
	}
	c.Expect(os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(content.String()), 0o600)).To(Succeed())
	return folder
}
