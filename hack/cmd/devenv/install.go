// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// manifests are what make deploy applies, but for the operator's pod.
const manifests = "hack/cmd/devenv/install"

func (e *environment) install(ctx context.Context) (string, error) {
	if _, err := e.kubectl(ctx, nil, "apply", "--server-side", "--kustomize", manifests); err != nil {
		return "", err
	}
	if _, err := e.kubectl(ctx, nil, "wait", "--for=condition=Established", "--timeout", patience.String(),
		"--filename", "config/crd/bases"); err != nil {
		return "", err
	}
	return "installed: the CRDs and roles of config/default", nil
}

// operatorKubeconfig is one for the operator's ServiceAccount.
func (e *environment) operatorKubeconfig(ctx context.Context) (string, error) {
	token, err := e.kubectl(ctx, nil, "create", "token", serviceAccount, "--namespace", operatorNamespace, "--duration", "24h")
	if err != nil {
		return "", err
	}
	config, err := clientcmd.LoadFromFile(e.kubeconfig)
	if err != nil {
		return "", fmt.Errorf("read the administrator's kubeconfig: %w", err)
	}
	user := config.Contexts[config.CurrentContext].AuthInfo
	config.AuthInfos = map[string]*clientcmdapi.AuthInfo{user: {Token: strings.TrimSpace(string(token))}}
	path := filepath.Join(e.dir, "operator-kubeconfig")
	return path, clientcmd.WriteToFile(*config, path)
}

//go:embed manager.yaml
var managerManifest string

// createManager connects the operator to the simulator.
func (e *environment) createManager(ctx context.Context) (string, error) {
	if e.bare {
		return "", nil
	}
	manifest := strings.ReplaceAll(managerManifest, "http://127.0.0.1:8100", e.endpoint)
	if _, err := e.kubectl(ctx, []byte(manifest), "apply", "--filename", "-"); err != nil {
		return "", err
	}
	if e.withoutManager {
		return "created: CloudifyManager default, which waits for an operator", nil
	}
	if _, err := e.kubectl(ctx, nil, "wait", "--for=condition=Ready", "--timeout", patience.String(), "cloudifymanager/default"); err != nil {
		return "", err
	}
	return "connected: CloudifyManager default is Ready", nil
}

// kubectl runs a command as the administrator and returns what it prints.
func (e *environment) kubectl(ctx context.Context, input []byte, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, e.binary("kubectl"), append([]string{"--kubeconfig", e.kubeconfig}, args...)...)
	var printed, complaints bytes.Buffer
	// Its cache knows nothing of the CRDs yet, so nobody else uses it.
	command.Env = append(os.Environ(), "KUBECACHEDIR="+filepath.Join(e.dir, "install-cache"))
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(input), &printed, &complaints
	if err := command.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(complaints.String()))
	}
	return printed.Bytes(), nil
}
