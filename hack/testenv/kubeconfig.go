// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// UserKubeconfigFile writes a kubeconfig of somebody with no other rights than RBAC gives to this
// name and these groups, and returns its path. The name of a service account is
// system:serviceaccount:<namespace>:<name>. The file is gone when the test ends.
func (e *Environment) UserKubeconfigFile(tb testing.TB, name string, groups ...string) string {
	tb.Helper()
	user, err := e.control.AddUser(envtest.User{Name: name, Groups: groups}, e.RestConfig)
	if err != nil {
		tb.Fatalf("testenv: add user %s: %v", name, err)
	}
	config, err := user.KubeConfig()
	if err != nil {
		tb.Fatalf("testenv: write a kubeconfig of user %s: %v", name, err)
	}
	return writeKubeconfig(tb, config)
}

func writeKubeconfig(tb testing.TB, config []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		tb.Fatalf("testenv: write a kubeconfig: %v", err)
	}
	return path
}
