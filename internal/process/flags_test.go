// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"flag"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// Flags that cannot work are refused, by name and with what would.
func TestFlags(t *testing.T) {
	for _, row := range []struct{ name, args, wrong string }{
		{"none", "", ""},
		{"those of an installation", "--leader-elect --health-probe-bind-address=:8081 --metrics-bind-address=:8443", ""},
		{"an endpoint", "--osb-bind-address=:8090 --osb-cert-dir=/c --osb-credentials-dir=/d", ""},
		{"an endpoint that is turned off again", "--osb-bind-address=:8090 --osb-cert-dir=/c --osb-bind-address=0", ""},
		{"an election that is turned off again", "--leader-elect --leader-elect-retry-period=1s --leader-elect=false", ""},
		{"free ports", "--metrics-bind-address=127.0.0.1:0 --health-probe-bind-address=127.0.0.1:0", ""},
		{"a stray word", "--leader-elect true", `"true" is not a flag; see manager --help`},
		{"an unknown flag", "--leader-elected", "-leader-elected; see manager --help"},
		{"no number", "--resync-period=often", `invalid value "often" for flag -resync-period`},
		{"no time", "--resync-period=0", "--resync-period must be positive, not 0s"},
		{"less than no time", "--watch-interval-busy=-2s", "--watch-interval-busy must be positive, not -2s"},
		{"no time without an election", "--leader-elect=false --leader-elect-retry-period=0", "--leader-elect-retry-period must be positive"},
		{"rarely while busy", "--watch-interval-busy=1m", "--watch-interval-busy (1m0s) must not be longer than --watch-interval-idle (30s)"},
		{"no worker", "--max-concurrent-reconciles=0", "--max-concurrent-reconciles must be positive, not 0"},
		{"a negative rate", "--kube-api-qps=-1", "--kube-api-qps must be positive, or 0 for no limit, not -1"},
		{"a rate that is no number", "--kube-api-qps=NaN", "--kube-api-qps must be positive"},
		{"no burst", "--kube-api-qps=1 --kube-api-burst=0", "--kube-api-burst must be positive, not 0"},
		{"a burst of no rate", "--kube-api-burst=10", "--kube-api-burst needs --kube-api-qps"},
		{"a lease of no election", "--leader-elect-lease-duration=30s", "--leader-elect-lease-duration needs --leader-elect"},
		{"a lease that is too short", "--leader-elect --leader-elect-lease-duration=5s", "--leader-elect-lease-duration (5s) must be longer than --leader-elect-renew-deadline (10s)"},
		{"a certificate of no endpoint", "--osb-cert-dir=/c", "--osb-cert-dir needs --osb-bind-address"},
		{"no connections", "--osb-bind-address=:8090 --osb-max-connections=0", "--osb-max-connections must be positive, not 0"},
		{"an endpoint without a certificate", "--osb-bind-address=:8090", "--osb-cert-dir is missing"},
		{"an endpoint open to all", "--osb-bind-address=:8090 --osb-insecure=open", "--osb-insecure=open needs a loopback address"},
		{"an endpoint insecure in another way", "--osb-bind-address=:8090 --osb-insecure=yes", `--osb-insecure is "yes"`},
		{"an address without a port", "--metrics-bind-address=127.0.0.1", "--metrics-bind-address must be an address such as :8080 or 127.0.0.1:8080, or 0 for none"},
		{"an address without a number", "--pprof-bind-address=:web", "--pprof-bind-address must be an address"},
		{"no address", "--metrics-bind-address=", "--metrics-bind-address must be an address"},
		{"an address twice", "--metrics-bind-address=:8081", "--health-probe-bind-address and --metrics-bind-address are both :8081"},
		{"no namespace", "--operator-namespace=", `--operator-namespace must be the name of a namespace, not ""`},
		{"a list for a name", "--osb-bind-address=:8090 --osb-namespace=a,b", `--osb-namespace must be the name of a namespace, not "a,b"`},
		{"names that are none", "--watch-namespaces=shop,Bank", `--watch-namespaces: "Bank" is not a namespace name`},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := parseFlags(strings.Fields(row.args), io.Discard)
			if row.wrong == "" {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(MatchError(ContainSubstring(row.wrong)))
				g.Expect(err.Error()).NotTo(ContainSubstring("\n"))
			}
		})
	}
}

// The help has every flag once, under its subject, in lines that a terminal can show; docs/operations.md has the same flags.
func TestHelp(t *testing.T) {
	g := NewWithT(t)
	t.Setenv("POD_NAMESPACE", "operator")
	var help strings.Builder
	_, err := parseFlags([]string{"--help"}, &help)
	g.Expect(err).To(MatchError(flag.ErrHelp))

	documents, err := os.ReadFile("../../docs/operations.md")
	g.Expect(err).NotTo(HaveOccurred())
	_, table, _ := strings.Cut(string(documents), "## Flags\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var documented []string
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) > 1 {
			documented = append(documented, regexp.MustCompile("--[a-z][a-z-]+").FindAllString(cells[1], -1)...)
		}
	}
	var listed []string
	for line := range strings.Lines(help.String()) {
		g.Expect(len(strings.TrimSpace(line))).To(BeNumerically("<=", 110), line)
		if strings.HasPrefix(line, "  --") {
			listed = append(listed, strings.Fields(line)[0])
		}
	}
	g.Expect(listed).To(ConsistOf(documented))
	g.Expect(help.String()).To(ContainSubstring(`
Several replicas:
  --leader-elect
        elect a leader, so that only one of several replicas reconciles
  --leader-elect-lease-duration duration (default 15s)
        how long other replicas wait for a leader that does not renew its lease; whole seconds
`))
	g.Expect(help.String()).To(ContainSubstring("  --operator-namespace namespace (default operator)\n"))
}
