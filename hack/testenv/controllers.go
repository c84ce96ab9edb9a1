// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// StartControllers runs those controllers of Kubernetes until the test ends.
func (e *Environment) StartControllers(tb testing.TB, names ...string) {
	tb.Helper()
	binary, err := Path("bin", "controlplane", "kube-controller-manager")
	if err != nil {
		tb.Fatalf("testenv: %v: run make controlplane", err)
	}
	log, err := os.Create(filepath.Join(tb.TempDir(), "kube-controller-manager.log"))
	if err != nil {
		tb.Fatalf("testenv: %v", err)
	}
	controllers := exec.Command(binary, "--kubeconfig", e.KubeconfigFile(tb), "--leader-elect=false", "--secure-port=0",
		"--controllers="+strings.Join(names, ","))
	controllers.Stdout, controllers.Stderr = log, log
	if err := controllers.Start(); err != nil {
		tb.Fatalf("testenv: start kube-controller-manager: %v", err)
	}
	tb.Cleanup(func() {
		_ = controllers.Process.Kill()
		_ = controllers.Wait()
		if text, err := os.ReadFile(log.Name()); tb.Failed() && err == nil {
			tb.Logf("the end of kube-controller-manager's log:\n%s", text[max(0, len(text)-5000):])
		}
	})
}
