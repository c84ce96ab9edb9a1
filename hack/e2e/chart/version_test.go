// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

const versionLabel = "app.kubernetes.io/version"

// Whoever installs from the tree gets one version, by whichever tool.
func TestVersionsAgree(t *testing.T) {
	g := NewWithT(t)
	about := chartOf(t, path(t, "config", "chart"))
	g.Expect(about["appVersion"]).To(Equal("v" + about["version"].(string)))
	for _, o := range kustomize(t, path(t, "config", "default")) {
		g.Expect(o.GetLabels()).To(HaveKeyWithValue(versionLabel, about["appVersion"]), o.GetKind())
	}
}

// Whoever installs what make writes for a release gets the release's version everywhere, and the chart asks for the image of that name.
// Commits have versions, too, be they all digits.
func TestReleasesAreStamped(t *testing.T) {
	for version, chartVersion := range map[string]string{
		"v9.8.7": "9.8.7", "v9.8.7-5-g0123456-dirty": "9.8.7-5-g0123456-dirty", "0123456": "0.0.0-g0123456", "12e4567": "0.0.0-g12e4567",
	} {
		t.Run(version, func(t *testing.T) {
			g := NewWithT(t)
			dist := t.TempDir()
			cmd := exec.CommandContext(t.Context(), "make", "chart", "installer", "VERSION="+version, "DIST="+dist, "IMG=registry.example.com/operator:"+version)
			cmd.Dir, cmd.Env = filepath.Dir(path(t, "Makefile")), append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
			_, err := run(cmd)
			g.Expect(err).NotTo(HaveOccurred())

			archive := filepath.Join(dist, "cloudify-operator-"+chartVersion+".tgz")
			g.Expect(chartOf(t, archive)).To(And(HaveKeyWithValue("version", chartVersion), HaveKeyWithValue("appVersion", version)))
			rendered, err := helm(t, "template", release, archive, "--namespace", namespace, "--set", "image.repository=registry.example.com/operator")
			g.Expect(err).NotTo(HaveOccurred())
			applied, err := os.ReadFile(filepath.Join(dist, "install.yaml"))
			g.Expect(err).NotTo(HaveOccurred())
			for _, manifest := range [][]byte{rendered, applied} {
				for _, o := range testenv.Decode(t, manifest) {
					g.Expect(o.GetLabels()).To(HaveKeyWithValue(versionLabel, version), o.GetKind())
					if o.GetKind() == "Deployment" {
						g.Expect(imageOf(o)).To(Equal("registry.example.com/operator:" + version))
					}
				}
			}
		})
	}
}

// chartOf is what a chart says about itself.
func chartOf(t *testing.T, chart string) map[string]any {
	t.Helper()
	shown, err := helm(t, "show", "chart", chart)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return testenv.Decode(t, shown)[0].Object
}

func imageOf(deployment *unstructured.Unstructured) any {
	containers, _, _ := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	return containers[0].(map[string]any)["image"]
}
