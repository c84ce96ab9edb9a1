// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// StartControllers runs the controllers of Kubernetes that every story about a cluster needs until the test ends, and with workloads
// also those that make pods of Deployments and Jobs.
func (e *Environment) StartControllers(tb testing.TB, workloads bool) {
	tb.Helper()
	binary, err := Path("bin", "controlplane", "kube-controllers")
	if err != nil {
		tb.Fatalf("testenv: %v: run make controlplane", err)
	}
	log, err := os.Create(filepath.Join(tb.TempDir(), "kube-controllers.log"))
	if err != nil {
		tb.Fatalf("testenv: %v", err)
	}
	controllers := exec.Command(binary, "--kubeconfig", e.KubeconfigFile(tb), fmt.Sprintf("--workloads=%t", workloads))
	controllers.Stdout, controllers.Stderr = log, log
	if err := controllers.Start(); err != nil {
		tb.Fatalf("testenv: start kube-controllers: %v", err)
	}
	tb.Cleanup(func() {
		_ = controllers.Process.Kill()
		_ = controllers.Wait()
		if text, err := os.ReadFile(log.Name()); tb.Failed() && err == nil {
			tb.Logf("the end of kube-controllers' log:\n%s", text[max(0, len(text)-5000):])
		}
	})
}
