// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/loopback"
)

// The platform's name and password at the OSB endpoint.
const platformUser, platformPassword = "platform", secretMark + "-platform"

// replica is one process of the operator.
type replica struct {
	*process
	endpoint, probes string
}

// leaseFlags make a change of leaders quick, where the operator has flags for that; lease is how long one lasts.
var leaseFlags = []string{"--leader-elect-lease-duration=6s", "--leader-elect-renew-deadline=4s", "--leader-elect-retry-period=1s"}

// leaseOf returns how long the lease of a leader lasts, and the flags that set it.
func leaseOf(binary string) (time.Duration, []string) {
	// The program exits with an error after printing its flags.
	help, _ := exec.Command(binary, "--help").CombinedOutput()
	if strings.Contains(string(help), "leader-elect-lease-duration") {
		return 6 * time.Second, leaseFlags
	}
	return 15 * time.Second, nil
}

func (w *world) startReplicas(ctx context.Context) error {
	kubeconfig, err := w.cluster.operatorKubeconfig(ctx)
	if err != nil {
		return err
	}
	credentials := filepath.Join(w.dir, "osb-credentials")
	if err := os.MkdirAll(credentials, 0o700); err != nil {
		return err
	}
	for name, value := range map[string]string{"username": platformUser, "password": platformPassword} {
		if err := os.WriteFile(filepath.Join(credentials, name), []byte(value), 0o600); err != nil {
			return err
		}
	}
	// A copy, because somebody may rebuild the original meanwhile.
	binary := filepath.Join(w.dir, "manager")
	if err := copyFile(filepath.Join(w.binaries, "manager"), binary); err != nil {
		return err
	}
	var lease []string
	w.lease, lease = leaseOf(binary)
	for i := range replicas {
		r := &replica{}
		if err := loopback.Addresses(&r.endpoint, &r.probes); err != nil {
			return err
		}
		r.process = &process{name: fmt.Sprintf("operator-%d", i), path: binary, dir: w.dir, args: append([]string{
			"--kubeconfig", kubeconfig, "--operator-namespace", operatorNamespace, "--leader-elect",
			"--health-probe-bind-address", r.probes, "--metrics-bind-address=0",
			"--watch-interval-busy=500ms", "--watch-interval-idle=5s",
			"--osb-bind-address", r.endpoint, "--osb-insecure=http", "--osb-credentials-dir", credentials,
		}, lease...)}
		r.away = w.book.ended(r.name)
		if err := r.start(); err != nil {
			return err
		}
		w.replicas = append(w.replicas, r)
	}
	for _, r := range w.replicas {
		if err := await(ctx, r.name, func() error { return r.ready(ctx) }); err != nil {
			return fmt.Errorf("%w:\n%s", err, tail(r.log()))
		}
	}
	return nil
}

// ready asks whether it serves.
func (r *replica) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return getOK(ctx, http.DefaultClient, "http://"+r.probes+"/readyz")
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o700)
}
