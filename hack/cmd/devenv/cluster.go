// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

const (
	clusterOwn     = "own"
	clusterCurrent = "current"
)

// startCluster leaves in kubeconfig how to reach the cluster.
func (e *environment) startCluster(ctx context.Context) (string, error) {
	e.kubeconfig = filepath.Join(e.dir, "kubeconfig")
	switch e.cluster {
	case clusterOwn:
		return e.ownCluster()
	case clusterCurrent:
		return e.currentCluster(ctx)
	default:
		return "", fmt.Errorf("there is no cluster %q: choose %s or %s", e.cluster, clusterOwn, clusterCurrent)
	}
}

// ownCluster starts a control plane. It has no nodes, so no pod ever runs.
func (e *environment) ownCluster() (string, error) {
	etcd := &envtest.Etcd{Path: e.binary("etcd"), DataDir: filepath.Join(e.dir, "etcd"), StartTimeout: patience, StopTimeout: patience}
	server := &envtest.APIServer{Path: e.binary("kube-apiserver"), CertDir: filepath.Join(e.dir, "certificates"), StartTimeout: patience, StopTimeout: patience}
	plane := &envtest.ControlPlane{Etcd: etcd, APIServer: server, KubectlPath: e.binary("kubectl")}
	for _, dir := range []string{etcd.DataDir, server.CertDir} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return "", err
		}
	}
	var err error
	if etcd.Err, err = e.openLog("etcd"); err != nil {
		return "", err
	}
	if server.Err, err = e.openLog("kube-apiserver"); err != nil {
		return "", err
	}
	// The server would advertise the address of the default route, and refuses to start on a machine that has none.
	server.Configure().
		Set("advertise-address", "127.0.0.1").
		Set("endpoint-reconciler-type", "none")
	if err := plane.Start(); err != nil {
		return "", errors.Join(err, errors.New(tail(e.log("kube-apiserver"))), plane.Stop())
	}
	e.onStop(plane.Stop)
	admin, err := plane.AddUser(envtest.User{Name: "admin", Groups: []string{"system:masters"}}, nil)
	if err != nil {
		return "", fmt.Errorf("add the administrator: %w", err)
	}
	kubeconfig, err := admin.KubeConfig()
	if err != nil {
		return "", fmt.Errorf("write the administrator's kubeconfig: %w", err)
	}
	if err := os.WriteFile(e.kubeconfig, kubeconfig, 0o600); err != nil {
		return "", err
	}
	// What makes a deleted namespace empty and go, collects garbage, and gives admin, edit and view our kinds.
	if err := e.launchAfter(e.provideControllers, "kube-controllers", "--kubeconfig", e.kubeconfig); err != nil {
		return "", err
	}
	if e.provideControllers != "" {
		return "cluster: etcd and kube-apiserver are up, kube-controllers follow", nil
	}
	return "cluster: etcd, kube-apiserver and kube-controllers are up", nil
}

// currentCluster takes what KUBECONFIG, or the file that kubectl reads, says now; a later change of context does not matter.
func (e *environment) currentCluster(ctx context.Context) (string, error) {
	config, err := clientcmd.NewDefaultClientConfigLoadingRules().Load()
	if err != nil {
		return "", err
	}
	name := config.CurrentContext
	if err := clientcmdapi.MinifyConfig(config); err != nil {
		return "", fmt.Errorf("read the current context: %w", err)
	}
	if err := clientcmdapi.FlattenConfig(config); err != nil {
		return "", fmt.Errorf("read the current context: %w", err)
	}
	if err := clientcmd.WriteToFile(*config, e.kubeconfig); err != nil {
		return "", err
	}
	if err := e.unused(ctx, name); err != nil {
		return "", err
	}
	return "cluster: context " + name, nil
}

// unused refuses a cluster in which two operators would meet, or a real Manager would be replaced by the simulated one.
func (e *environment) unused(ctx context.Context, name string) error {
	deployed, err := e.kubectl(ctx, nil, "get", "deployment", serviceAccount, "--namespace", operatorNamespace, "--ignore-not-found", "--output", "name")
	if err != nil {
		return err
	}
	if len(deployed) > 0 {
		return fmt.Errorf("context %s runs the operator already: make undeploy, or choose another cluster", name)
	}
	// Where the CRD is missing, there can be none.
	managers, err := e.kubectl(ctx, nil, "get", "cloudifymanagers.cloudify.co", "--output", "name")
	if err == nil && len(managers) > 0 {
		return fmt.Errorf("context %s has CloudifyManagers already: delete them, or choose another cluster", name)
	}
	return nil
}
