// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// What config/default calls them; the manifests are all that make deploy applies but the pod.
const (
	OperatorNamespace = "cloudify-operator-system"
	operatorUser      = "system:serviceaccount:" + OperatorNamespace + ":cloudify-operator-controller-manager"
	manifests         = "hack/cmd/devenv/install"
)

// cluster is etcd and kube-apiserver, with the operator's kinds, roles and policy.
type cluster struct {
	dir, binaries string
	plane         *envtest.ControlPlane
	// admin and operator are the users: the operator's has the roles of config/default and no other.
	admin, operator *rest.Config
	// kubeconfigs are files of the same.
	adminKubeconfig, operatorKubeconfig string
}

func startCluster(ctx context.Context, dir, binaries string) (*cluster, error) {
	c := &cluster{dir: dir, binaries: filepath.Join(binaries, "controlplane")}
	etcd := &envtest.Etcd{Path: c.binary("etcd"), DataDir: filepath.Join(dir, "etcd"), StartTimeout: patience, StopTimeout: patience}
	server := &envtest.APIServer{Path: c.binary("kube-apiserver"), CertDir: filepath.Join(dir, "certificates"), StartTimeout: patience, StopTimeout: patience}
	for _, folder := range []string{etcd.DataDir, server.CertDir} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			return c, err
		}
	}
	// The server would advertise the address of the default route, and refuses to start on a machine that has none.
	server.Configure().Set("advertise-address", "127.0.0.1").Set("endpoint-reconciler-type", "none")
	c.plane = &envtest.ControlPlane{Etcd: etcd, APIServer: server, KubectlPath: c.binary("kubectl")}
	if err := c.plane.Start(); err != nil {
		return c, fmt.Errorf("start the control plane (make controlplane builds it): %w", err)
	}
	var err error
	if c.admin, c.adminKubeconfig, err = c.user("admin", "system:masters"); err != nil {
		return c, err
	}
	if c.operator, c.operatorKubeconfig, err = c.user(operatorUser); err != nil {
		return c, err
	}
	return c, Await(ctx, "the installation", patience, time.Second, func(ctx context.Context) error {
		return c.kubectl(ctx, "apply", "--server-side", "--kustomize", manifests)
	})
}

// user makes somebody known, with a file to log in with.
func (c *cluster) user(name string, groups ...string) (*rest.Config, string, error) {
	user, err := c.plane.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		return nil, "", fmt.Errorf("add user %s: %w", name, err)
	}
	kubeconfig, err := user.KubeConfig()
	if err != nil {
		return nil, "", fmt.Errorf("write a kubeconfig of user %s: %w", name, err)
	}
	path := filepath.Join(c.dir, strings.ReplaceAll(name, ":", "_")+".kubeconfig")
	config := rest.CopyConfig(user.Config())
	config.QPS = -1 // no limit
	return config, path, os.WriteFile(path, kubeconfig, 0o600)
}

func (c *cluster) binary(name string) string { return filepath.Join(c.binaries, name) }

func (c *cluster) kubectl(ctx context.Context, args ...string) error {
	command := exec.CommandContext(ctx, c.binary("kubectl"), append([]string{"--kubeconfig", c.adminKubeconfig}, args...)...)
	var complaints bytes.Buffer
	command.Env = append(os.Environ(), "KUBECACHEDIR="+filepath.Join(c.dir, "cache"))
	command.Stderr = &complaints
	if err := command.Run(); err != nil {
		return fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(complaints.String()))
	}
	return nil
}

func (c *cluster) stop() error {
	if c == nil || c.plane == nil {
		return nil
	}
	if err := c.plane.Stop(); err != nil {
		return errors.Join(errors.New("stop the control plane"), err)
	}
	return nil
}
