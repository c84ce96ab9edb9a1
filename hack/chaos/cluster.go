// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/cloudify-operator/cloudify-operator/hack/loopback"
)

// The operator's namespace and ServiceAccount are those of config/default, the manifests what make deploy applies but for
// the pod.
const (
	operatorNamespace = "cloudify-operator-system"
	serviceAccount    = "cloudify-operator-controller-manager"
	manifests         = "hack/cmd/devenv/install"
)

// cluster is a control plane whose parts can be killed and started again, on the same ports and with the same data.
type cluster struct {
	dir, binaries                string
	etcd, apiServer, controllers *process
	// kubeconfig of the administrator.
	kubeconfig string
}

// startCluster starts a control plane and installs the operator's CRDs and roles.
func startCluster(ctx context.Context, dir, binaries string, b *book) (*cluster, error) {
	c := &cluster{dir: dir, binaries: filepath.Join(binaries, "controlplane"), kubeconfig: filepath.Join(dir, "kubeconfig")}
	var client, peer, secure string
	if err := loopback.Addresses(&client, &peer, &secure); err != nil {
		return c, err
	}
	token, err := c.secrets()
	if err != nil {
		return c, err
	}
	_, port, _ := strings.Cut(secure, ":")
	c.etcd = c.process("etcd", "--data-dir", filepath.Join(dir, "etcd"), "--unsafe-no-fsync", "--log-level=error",
		"--listen-client-urls", "http://"+client, "--advertise-client-urls", "http://"+client,
		"--listen-peer-urls", "http://"+peer, "--initial-advertise-peer-urls", "http://"+peer, "--initial-cluster", "default=http://"+peer)
	c.apiServer = c.process("kube-apiserver", "--etcd-servers", "http://"+client, "--bind-address=127.0.0.1", "--secure-port="+port,
		"--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", "--cert-dir", filepath.Join(dir, "certificates"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file", c.file("sa.key"),
		"--service-account-signing-key-file", c.file("sa.key"), "--token-auth-file", c.file("tokens"), "--authorization-mode=RBAC",
		"--service-cluster-ip-range=10.0.0.0/24", "--disable-admission-plugins=ServiceAccount", "--max-requests-inflight=800")
	for _, p := range []*process{c.etcd, c.apiServer} {
		p.away = b.ended(p.name)
		if err := p.start(); err != nil {
			return c, err
		}
	}
	certificate := filepath.Join(dir, "certificates", "apiserver.crt")
	if err := await(ctx, "the API server's certificate", func() error { _, err := os.Stat(certificate); return err }); err != nil {
		return c, err
	}
	if err := writeKubeconfig(c.kubeconfig, "https://"+secure, certificate, token); err != nil {
		return c, err
	}
	if err := await(ctx, "the API server", func() error { return c.healthy(ctx) }); err != nil {
		return c, fmt.Errorf("%w:\n%s", err, tail(c.apiServer.log()))
	}
	// What makes a deleted namespace empty and go, and what collects garbage.
	c.controllers = c.process("kube-controllers", "--kubeconfig", c.kubeconfig)
	if err := c.controllers.start(); err != nil {
		return c, err
	}
	return c, await(ctx, "the installation", func() error {
		_, err := c.kubectl(ctx, "apply", "--server-side", "--kustomize", manifests)
		return err
	})
}

func (c *cluster) file(name string) string { return filepath.Join(c.dir, name) }

func (c *cluster) process(name string, args ...string) *process {
	return &process{name: name, path: filepath.Join(c.binaries, name), args: args, dir: c.dir}
}

// secrets writes the key that signs tokens, and the administrator's token.
func (c *cluster) secrets() (token string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(c.file("sa.key"), block, 0o600); err != nil {
		return "", err
	}
	word := make([]byte, 16)
	_, _ = rand.Read(word) // never fails
	token = hex.EncodeToString(word)
	return token, os.WriteFile(c.file("tokens"), fmt.Appendf(nil, "%s,admin,admin,system:masters\n", token), 0o600)
}

func writeKubeconfig(path, server, certificate, token string) error {
	config := clientcmdapi.NewConfig()
	config.Clusters["chaos"] = &clientcmdapi.Cluster{Server: server, CertificateAuthority: certificate}
	config.AuthInfos["chaos"] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts["chaos"] = &clientcmdapi.Context{Cluster: "chaos", AuthInfo: "chaos"}
	config.CurrentContext = "chaos"
	return clientcmd.WriteToFile(*config, path)
}

// operatorKubeconfig is one for the operator's ServiceAccount, which has the roles of config/default and no other.
func (c *cluster) operatorKubeconfig(ctx context.Context) (string, error) {
	token, err := c.kubectl(ctx, "create", "token", serviceAccount, "--namespace", operatorNamespace, "--duration", "24h")
	if err != nil {
		return "", err
	}
	config, err := clientcmd.LoadFromFile(c.kubeconfig)
	if err != nil {
		return "", err
	}
	config.AuthInfos["chaos"] = &clientcmdapi.AuthInfo{Token: strings.TrimSpace(token)}
	path := c.file("operator-kubeconfig")
	return path, clientcmd.WriteToFile(*config, path)
}

// config is how the driver reaches the API server.
func (c *cluster) config() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 200, 400
	return config, nil
}

// healthy asks the API server whether it is ready.
func (c *cluster) healthy(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return err
	}
	return getOK(ctx, client, config.Host+"/readyz")
}

func getOK(ctx context.Context, client *http.Client, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %s", url, answer.Status, failedChecks(string(body)))
	}
	return nil
}

// failedChecks picks the checks that failed from the text of a health endpoint, which lists one a line.
func failedChecks(text string) string {
	var failed []string
	for line := range strings.Lines(text) {
		if check, ok := strings.CutPrefix(line, "[-]"); ok {
			failed = append(failed, strings.TrimSpace(check))
		}
	}
	return strings.Join(failed, ", ")
}

func (c *cluster) kubectl(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, filepath.Join(c.binaries, "kubectl"), append([]string{"--kubeconfig", c.kubeconfig}, args...)...)
	var printed, complaints bytes.Buffer
	command.Env = append(os.Environ(), "KUBECACHEDIR="+c.file("cache"))
	command.Stdout, command.Stderr = &printed, &complaints
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(complaints.String()))
	}
	return printed.String(), nil
}

func (c *cluster) stop() {
	for _, p := range []*process{c.controllers, c.apiServer, c.etcd} {
		if p != nil {
			p.stop()
		}
	}
}
