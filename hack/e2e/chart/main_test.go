// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

var env *testenv.Environment

func TestMain(m *testing.M) { testenv.Main(m, &env) }

// A release with this name in this namespace has the names of config/default.
const (
	release   = "cloudify-operator"
	namespace = "cloudify-operator-system"
	manager   = "cloudify-operator-controller-manager"
	account   = "system:serviceaccount:" + namespace + ":" + manager
	patience  = time.Minute
)

// template returns what the chart renders to.
func template(t *testing.T, args ...string) []*unstructured.Unstructured {
	t.Helper()
	out, err := helm(t, append([]string{"template", release, path(t, "config", "chart"), "--namespace", namespace}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return testenv.Decode(t, out)
}

// kustomize returns what a folder renders to.
func kustomize(t *testing.T, folder string) []*unstructured.Unstructured {
	t.Helper()
	out, err := kubectl(t, nil, "kustomize", folder)
	if err != nil {
		t.Fatal(err)
	}
	return testenv.Decode(t, out)
}

// helm runs Helm as the cluster's administrator.
func helm(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), path(t, "bin", "tools", "helm"), args...)
	cmd.Env = []string{"HOME=" + home, "KUBECONFIG=" + env.KubeconfigFile(t)}
	return run(cmd)
}

// kubectl runs kubectl as the cluster's administrator.
func kubectl(t *testing.T, stdin []byte, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path(t, "bin", "controlplane", "kubectl"), append([]string{"--cache-dir", t.TempDir()}, args...)...)
	cmd.Env = []string{"KUBECONFIG=" + env.KubeconfigFile(t)}
	cmd.Stdin = bytes.NewReader(stdin)
	return run(cmd)
}

// run returns what a command prints; what it prints of a failure is in the error.
func run(cmd *exec.Cmd) ([]byte, error) {
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %v: %w\n%s%s", filepath.Base(cmd.Path), cmd.Args[1:], err, out.String(), problem.String())
	}
	return out.Bytes(), nil
}

func path(t *testing.T, elem ...string) string {
	t.Helper()
	found, err := testenv.Path(elem...)
	if err != nil {
		t.Fatalf("%v; make e2e builds what is needed", err)
	}
	return found
}
