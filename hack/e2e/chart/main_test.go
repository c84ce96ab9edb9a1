// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

var env *testenv.Environment

func TestMain(m *testing.M) { testenv.Main(m, &env) }

// A release with this name in this namespace has the names of config/default.
const (
	release   = "cloudify-operator"
	namespace = "cloudify-operator-system"
	account   = "system:serviceaccount:cloudify-operator-system:cloudify-operator-controller-manager"
	patience  = time.Minute
)

// template returns what the chart renders to.
func template(t *testing.T, args ...string) []*unstructured.Unstructured {
	t.Helper()
	out, err := helm(t, append([]string{"template", release, path(t, "config", "chart"), "--namespace", namespace}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, out)
}

// kustomize returns what a folder renders to.
func kustomize(t *testing.T, folder string) []*unstructured.Unstructured {
	t.Helper()
	out, err := kubectl(t, nil, "kustomize", folder)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, out)
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

func decode(t *testing.T, manifest []byte) (objects []*unstructured.Unstructured) {
	t.Helper()
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(manifest), 4096)
	for {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
}

// encode is the reverse of decode.
func encode(t *testing.T, objects []*unstructured.Unstructured) []byte {
	t.Helper()
	var manifest bytes.Buffer
	for _, o := range objects {
		text, err := o.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		manifest.WriteString("---\n")
		manifest.Write(text)
	}
	return manifest.Bytes()
}
