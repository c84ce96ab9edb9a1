// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/cloudify-operator/cloudify-operator/hack/loopback"
)

// podManifest is the file that holds the operator's Deployment.
const podManifest = "config/manager/manager.yaml"

// memoryLimit is the variable that tells the operator its container's limit.
func memoryLimit() (string, error) {
	file, err := os.Open(podManifest)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	for documents := yaml.NewYAMLOrJSONDecoder(file, 4096); ; {
		var d appsv1.Deployment
		if err := documents.Decode(&d); err != nil {
			return "", fmt.Errorf("%s: find the Deployment: %w", podManifest, err)
		}
		if d.Kind == "Deployment" {
			return fmt.Sprintf("MEMORY_LIMIT=%d", d.Spec.Template.Spec.Containers[0].Resources.Limits.Memory().Value()), nil
		}
	}
}

// Operator is bin/manager with the arguments of config/default, but for addresses, which are free ones on loopback.
type Operator struct {
	*Process
	// Platform speaks to its OSB endpoint.
	Platform *Platform

	probes, metrics, profiles string
}

// StartOperator starts one and waits until it is ready. Its name is that of its log.
func (r *Rig) StartOperator(ctx context.Context, name string) (*Operator, error) {
	o, err := r.LaunchOperator(name)
	if err != nil {
		return nil, err
	}
	if err := o.Ready(ctx); err != nil {
		_ = o.Stop() // that it did not become ready says more
		return nil, err
	}
	return o, nil
}

// LaunchOperator starts one and waits for nothing.
func (r *Rig) LaunchOperator(name string) (*Operator, error) {
	o := &Operator{}
	var endpoint string
	if err := loopback.Addresses(&o.probes, &o.metrics, &endpoint, &o.profiles); err != nil {
		return nil, err
	}
	args := []string{
		"--kubeconfig", r.cluster.operatorKubeconfig, "--operator-namespace", OperatorNamespace, "--leader-elect",
		"--health-probe-bind-address", o.probes, "--metrics-bind-address", o.metrics, "--metrics-secure=false",
		"--osb-bind-address", endpoint, "--osb-cert-dir", r.certificates(), "--osb-credentials-dir", r.credentials(),
		"--pprof-bind-address", o.profiles,
	}
	limit, err := memoryLimit()
	if err != nil {
		return nil, err
	}
	process, err := launch(r.dir, name, []string{limit}, r.binary(), args...)
	if err != nil {
		return nil, err
	}
	o.Process, o.Platform = process, newPlatform(endpoint, r.trusted)
	r.stops = append(r.stops, process.Stop)
	return o, nil
}

// Ready waits until the operator says so.
func (o *Operator) Ready(ctx context.Context) error {
	return o.until(ctx, "to be ready", func(ctx context.Context) error {
		_, err := get(ctx, "http://"+o.probes+"/readyz", time.Minute)
		return err
	})
}

// Stop ends it and the connections to it.
func (o *Operator) Stop() error {
	o.Platform.close()
	return o.Process.Stop()
}

// Profile tells where the operator spends its processor time from now on, for so many seconds.
func (o *Operator) Profile(ctx context.Context, seconds int) ([]byte, error) {
	return get(ctx, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", o.profiles, seconds), time.Duration(seconds)*time.Second+time.Minute)
}

// get reads what a URL is answered with.
func get(ctx context.Context, url string, within time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	return read(answer, http.StatusOK)
}
