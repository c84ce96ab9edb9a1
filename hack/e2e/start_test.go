// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/client-go/rest"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// Where the operator cannot start it says why and what helps, in one line, and ends.
func TestStartThatCannotBe(t *testing.T) {
	for _, row := range []struct {
		name, kubeconfig string
		args             []string
		says             []string
	}{
		{name: "no cluster", says: []string{"there is no kubeconfig, and this is not a pod: set --kubeconfig or KUBECONFIG"}},
		{name: "a kubeconfig that is missing", args: []string{"--kubeconfig=nowhere"}, says: []string{"nowhere: no such file", "correct --kubeconfig"}},
		{name: "no API server", kubeconfig: kubeconfigFor(t, "http://"+testenv.FreeAddress(t)), says: []string{"connection refused; see whether it runs"}},
		{name: "no CRDs", kubeconfig: kubeconfigFor(t, withoutKinds(t)), says: []string{
			"lacks the kinds CloudifyBinding, CloudifyBlueprint, CloudifyDeployment, CloudifyExecution, CloudifyManager of cloudify.co/v1alpha1: install the CRDs first"}},
		{name: "wrong flags", args: []string{"--leader-elect", "yes"}, says: []string{`"yes" is not a flag; see manager --help`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			cmd := exec.Command(repositoryPath(t, "bin", "manager"), row.args...)
			cmd.Env = []string{"HOME=" + t.TempDir()}
			if row.kubeconfig != "" {
				cmd.Env = append(cmd.Env, "KUBECONFIG="+row.kubeconfig)
			}
			said, err := cmd.CombinedOutput()
			g.Expect(err).To(HaveOccurred())
			g.Expect(strings.Count(string(said), "\n")).To(Equal(1), string(said))
			g.Expect(string(said)).To(HavePrefix("manager: "))
			for _, words := range row.says {
				g.Expect(string(said)).To(ContainSubstring(words))
			}
		})
	}
}

// kubeconfigFor leads to a server that asks for no credentials.
func kubeconfigFor(t *testing.T, server string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	config := `{"kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c"}}],"clusters":[{"name":"c","cluster":{"server":"` + server + `"}}]}`
	NewWithT(t).Expect(os.WriteFile(path, []byte(config), 0o600)).To(Succeed())
	return path
}

// withoutKinds is the API server, which is asked for a group that it does not have instead of the operator's.
func withoutKinds(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	server, err := url.Parse(env.RestConfig.Host)
	g.Expect(err).NotTo(HaveOccurred())
	transport, err := rest.TransportFor(env.RestConfig)
	g.Expect(err).NotTo(HaveOccurred())
	return testenv.Serve(t, &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(server)
		r.Out.URL.Path = strings.Replace(r.Out.URL.Path, "/cloudify.co/", "/nothing.cloudify.co/", 1)
	}})
}
