// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// operatorNamespace and serviceAccount are those of config/default.
const (
	operatorNamespace = "cloudify-operator-system"
	serviceAccount    = "cloudify-operator-controller-manager"
)

// environment is what runs.
type environment struct {
	options
	// fail ends everything, because a part ended by itself.
	fail context.CancelCauseFunc
	// dir holds logs, kubeconfigs and data.
	dir string
	// kubeconfig of the administrator.
	kubeconfig string
	// endpoint of the simulated Manager, metrics and OSB endpoint of the operator.
	endpoint, metrics, osb string

	stops []func() error
}

// start starts the parts, each after those it needs.
func (e *environment) start(ctx context.Context) error {
	for _, part := range []struct {
		name  string
		start func(context.Context) (string, error)
	}{
		{"folder", e.prepare},
		{"cluster", e.startCluster},
		{"CRDs and roles", e.install},
		{"simulator", e.startSimulator},
		{"operator", e.startManager},
		{"CloudifyManager", e.createManager},
	} {
		begin := time.Now()
		done, err := part.start(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", part.name, err)
		case done != "":
			fmt.Printf("%s (%.1f s)\n", done, time.Since(begin).Seconds())
		}
	}
	return nil
}

// onStop adds something to undo.
func (e *environment) onStop(undo func() error) { e.stops = append(e.stops, undo) }

// stop undoes everything, the last first.
func (e *environment) stop() error {
	var errs []error
	for _, undo := range slices.Backward(e.stops) {
		errs = append(errs, undo())
	}
	return errors.Join(errs...)
}

// prepare makes the folder, and paths that are valid wherever a part runs.
func (e *environment) prepare(context.Context) (string, error) {
	if _, err := os.Stat("PROJECT"); err != nil {
		return "", errors.New("run devenv in the root of the repository")
	}
	if e.controlPlane == "" {
		e.controlPlane = filepath.Join(e.binaries, "controlplane")
	}
	var err error
	for _, path := range []*string{&e.binaries, &e.controlPlane} {
		if *path, err = filepath.Abs(*path); err != nil {
			return "", err
		}
	}
	if e.stateDir == "" {
		e.dir, err = os.MkdirTemp("", "devenv-")
		e.onStop(func() error { return os.RemoveAll(e.dir) })
		return "", err
	}
	if e.dir, err = filepath.Abs(e.stateDir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return "", err
	}
	if found, err := os.ReadDir(e.dir); err != nil || len(found) > 0 {
		return "", errors.Join(err, fmt.Errorf("%s is not empty", e.dir))
	}
	return "", nil
}

// binary finds a program that make builds.
func (e *environment) binary(name string) string {
	switch name {
	case "kube-controllers", "kube-apiserver", "etcd", "kubectl":
		return filepath.Join(e.controlPlane, name)
	default:
		return filepath.Join(e.binaries, name)
	}
}

func (e *environment) startSimulator(ctx context.Context) (string, error) {
	address, err := freeAddress(e.simulatorAddress)
	if err != nil {
		return "", err
	}
	args := []string{"--bind-address", address, "--release", e.release, "--time-scale", fmt.Sprint(e.timeScale)}
	if !e.bare {
		args = append(args, "--blueprint", "nodecellar=hack/demo/catalog/nodecellar") // a blueprint that exists at the Manager
	}
	if err := e.launch("simulator", args...); err != nil {
		return "", err
	}
	e.endpoint = "http://" + address
	if err := answers(ctx, e.endpoint+"/_simulator/state"); err != nil {
		return "", err
	}
	return fmt.Sprintf("simulator: a Cloudify Manager %s at %s", e.release, e.endpoint), nil
}

// startManager runs the operator as its ServiceAccount.
func (e *environment) startManager(ctx context.Context) (string, error) {
	if e.withoutManager {
		return "", nil
	}
	kubeconfig, err := e.operatorKubeconfig(ctx)
	if err != nil {
		return "", err
	}
	probes, err := freeAddress("127.0.0.1:0")
	if err != nil {
		return "", err
	}
	if e.metrics, err = freeAddress("127.0.0.1:0"); err != nil {
		return "", err
	}
	osb, err := freeAddress(e.osbAddress)
	if err != nil {
		return "", err
	}
	credentials, err := e.writeCredentials()
	if err != nil {
		return "", err
	}
	if err := e.launchRevived("manager", "--kubeconfig", kubeconfig, "--operator-namespace", operatorNamespace, "--leader-elect",
		"--health-probe-bind-address", probes, "--metrics-bind-address", e.metrics, "--metrics-secure=false",
		"--osb-bind-address", osb, "--osb-insecure=http", "--osb-credentials-dir", credentials); err != nil {
		return "", err
	}
	if err := answers(ctx, "http://"+probes+"/readyz"); err != nil {
		return "", err
	}
	e.osb = "http://" + osb
	return "operator: bin/manager is ready, its OSB endpoint at " + e.osb, nil
}

// What a platform logs in with.
const osbUsername, osbPassword = "platform", "platform"

func (e *environment) writeCredentials() (string, error) {
	dir := filepath.Join(e.dir, "osb-credentials")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	for name, value := range map[string]string{"username": osbUsername, "password": osbPassword} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// execute runs the command in the environment, as a group that ends together.
func (e *environment) execute(ctx context.Context) error {
	command := exec.CommandContext(ctx, e.command[0], e.command[1:]...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.Env = append(os.Environ(),
		"KUBECONFIG="+e.kubeconfig,
		"PATH="+e.controlPlane+string(os.PathListSeparator)+os.Getenv("PATH"),
		"KUBECACHEDIR="+filepath.Join(e.dir, "cache"),
		"CLOUDIFY_ENDPOINT="+e.endpoint,
		"OSB_ENDPOINT="+e.osb,
		"OPERATOR_PID_FILE="+e.pid("manager"),
	)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = patience // it may have to clear up
	err := command.Run()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil && !e.withoutManager {
		fmt.Fprintf(os.Stderr, "\nThe operator's log ends with:\n%s\n", tail(e.log("manager")))
	}
	return err
}
