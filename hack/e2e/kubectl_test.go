// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// kubectl runs the kubectl of bin/controlplane as cluster administrator.
type kubectl struct {
	t          *testing.T
	binary     string
	kubeconfig string
	cache      string
}

func newKubectl(t *testing.T) kubectl {
	t.Helper()
	return kubectl{t: t, binary: repositoryPath(t, "bin", "controlplane", "kubectl"), kubeconfig: env.KubeconfigFile(t), cache: t.TempDir()}
}

// run returns what kubectl prints; a failure ends the test.
func (k kubectl) run(args ...string) string {
	k.t.Helper()
	out, err := k.try(nil, args...)
	if err != nil {
		k.t.Fatal(err)
	}
	return out
}

// apply applies a manifest.
func (k kubectl) apply(manifest []byte) {
	k.t.Helper()
	if _, err := k.try(manifest, "apply", "--filename", "-"); err != nil {
		k.t.Fatal(err)
	}
}

func (k kubectl) try(stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(k.t.Context(), k.binary, append([]string{"--kubeconfig", k.kubeconfig, "--cache-dir", k.cache}, args...)...)
	var out, problem bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &problem
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("kubectl %v: %w\n%s%s", args, err, out.String(), problem.String())
	}
	return out.String(), nil
}

// repositoryPath is the path of something that must be there.
func repositoryPath(t *testing.T, elem ...string) string {
	t.Helper()
	path, err := testenv.Path(elem...)
	if err != nil {
		t.Fatalf("%v; make e2e builds what is needed", err)
	}
	return path
}
