// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// reader pastes commands of documents into a shell, in the root of the repository.
type reader struct {
	c        *cluster
	remote   *testenv.RemoteManager
	passages []*passage
}

// passage is a block of commands.
type passage struct {
	chapter string
	number  int
	// commands as printed, and what is shown of their output.
	commands, shown string
	// folder is where they are pasted.
	folder string
	read   bool
}

// newReader has a Manager, a certificate and an overlay where the documents say that the reader has them.
func newReader(c *cluster, documents ...string) *reader {
	c.t.Helper()
	r := &reader{c: c, remote: testenv.StartManager(c.t, simulator.Options{Username: "admin", Password: "admin", TimeScale: 100})}
	cert, key := certificate(c)
	stand := strings.NewReplacer(
		"endpoint: https://manager.example.com\n", "endpoint: "+r.remote.URL+"\n  tls: {allowHTTP: true}\n",
		"--cert=tls.crt --key=tls.key", "--cert="+cert+" --key="+key)
	for _, name := range documents {
		text, err := os.ReadFile(filepath.Join(c.root, "docs", name))
		c.Expect(err).NotTo(HaveOccurred())
		r.passages = append(r.passages, c.passages(stand.Replace(string(text)))...)
	}
	return r
}

// passages finds the blocks of commands. What follows a block of YAML is pasted where the file is that its first line names.
func (c *cluster) passages(document string) (found []*passage) {
	chapter, count, fence, folder, block := "", 0, "", ".", ""
	for line := range strings.Lines(document) {
		language, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case strings.HasPrefix(line, "## "):
			chapter, count, folder = strings.TrimSpace(line[3:]), 0, "."
		case isFence && fence == "":
			fence, block = language, ""
		case !isFence:
			block += line
		case fence == "yaml":
			fence, folder = "", c.file(block)
		default:
			count++
			p := &passage{chapter: chapter, number: count, commands: block, folder: folder}
			if fence == "console" {
				p.commands = ""
				for line := range strings.Lines(block) {
					if command, is := strings.CutPrefix(line, "$ "); is {
						p.commands += command
					} else {
						p.shown += line
					}
				}
			}
			found, fence, folder = append(found, p), "", "."
		}
	}
	return found
}

// file writes a file that is shown, with this repository in the place of its copy on the net, and returns its folder.
func (c *cluster) file(content string) string {
	name, is := strings.CutPrefix(strings.SplitN(content, "\n", 2)[0], "# ")
	c.Expect(is).To(BeTrue(), "the first line should name the file:\n%s", content)
	folder := c.t.TempDir()
	root, err := filepath.Rel(folder, c.root)
	c.Expect(err).NotTo(HaveOccurred())
	content = strings.NewReplacer("https://github.com/cloudify-operator/cloudify-operator/", root, "?ref=main", "").Replace(content)
	c.Expect(os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600)).To(Succeed())
	return folder
}

// follow pastes passages of a chapter; each must succeed.
func (r *reader) follow(chapter string, numbers ...int) {
	r.c.t.Helper()
	for _, number := range numbers {
		p := r.passage(chapter, number)
		r.shell("cd " + p.folder + "\n" + p.commands)
	}
}

func (r *reader) passage(chapter string, number int) *passage {
	r.c.t.Helper()
	for _, p := range r.passages {
		if p.chapter == chapter && p.number == number {
			p.read = true
			return p
		}
	}
	r.c.t.Fatalf("chapter %q has no passage %d", chapter, number)
	return nil
}

// unread are the passages that nobody followed.
func (r *reader) unread() (all []string) {
	for _, p := range r.passages {
		if !p.read {
			all = append(all, fmt.Sprintf("%s %d", p.chapter, p.number))
		}
	}
	return all
}

// shell runs commands that must succeed, and returns what they print.
func (r *reader) shell(commands string) string {
	r.c.t.Helper()
	printed, err := r.try(commands)
	r.c.Expect(err).NotTo(HaveOccurred(), commands+printed)
	return printed
}

// try runs commands with the tools that the document asks for on the PATH.
func (r *reader) try(commands string) (string, error) {
	tools := filepath.Dir(r.c.kubectlBinary()) + ":" + filepath.Dir(path(r.c.t, "bin", "tools", "helm"))
	return r.c.command("bash", "-euo", "pipefail", "-c", fmt.Sprintf("export PATH=%s:$PATH HOME=%s MANAGER=%s\n%s",
		tools, r.c.cache, path(r.c.t, "bin", "manager"), commands))
}

// rollsOut waits until so many pods of the operator are ready.
func (r *reader) rollsOut(replicas int) {
	r.c.t.Helper()
	r.c.Eventually(func() (appsv1.DeploymentStatus, error) {
		var d appsv1.Deployment
		err := env.Client.Get(r.c.t.Context(), client.ObjectKey{Namespace: operatorNamespace, Name: name}, &d)
		if d.Generation != d.Status.ObservedGeneration {
			return appsv1.DeploymentStatus{}, err
		}
		return d.Status, err
	}).Should(And(HaveField("UpdatedReplicas", BeEquivalentTo(replicas)), HaveField("ReadyReplicas", BeEquivalentTo(replicas)),
		HaveField("Replicas", BeEquivalentTo(replicas))))
}

// containers are those of the operator's pods, without what is on its way out.
func (r *reader) containers() (all []corev1.Container) {
	r.c.t.Helper()
	var pods corev1.PodList
	r.c.Expect(env.Client.List(r.c.t.Context(), &pods, client.InNamespace(operatorNamespace), client.MatchingLabels{"control-plane": "controller-manager"})).To(Succeed())
	for _, pod := range pods.Items {
		if pod.DeletionTimestamp == nil {
			all = append(all, pod.Spec.Containers...)
		}
	}
	return all
}

// certificate writes one for the endpoint, and its key.
func certificate(c *cluster) (cert, key string) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c.Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"cloudify-operator-osb.cloudify-operator-system.svc"},
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	c.Expect(err).NotTo(HaveOccurred())
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	c.Expect(err).NotTo(HaveOccurred())
	folder := c.t.TempDir()
	cert, key = filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	c.Expect(os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), 0o600)).To(Succeed())
	c.Expect(os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), 0o600)).To(Succeed())
	return cert, key
}
