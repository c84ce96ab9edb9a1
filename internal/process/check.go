// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// needs says which flags mean nothing without another one. Who turns that off keeps them.
var needs = map[string]string{
	"kube-api-burst":              "kube-api-qps",
	"leader-elect-lease-duration": "leader-elect",
	"leader-elect-renew-deadline": "leader-elect",
	"leader-elect-retry-period":   "leader-elect",
	"metrics-secure":              "metrics-bind-address",
	"osb-cert-dir":                "osb-bind-address",
	"osb-credentials-dir":         "osb-bind-address",
	"osb-insecure":                "osb-bind-address",
	"osb-max-connections":         "osb-bind-address",
	"osb-namespace":               "osb-bind-address",
	"osb-token-audience":          "osb-bind-address",
}

// check refuses flags that cannot work, alone or together. given are those of the command line.
func (f *flags) check(given map[string]bool) error {
	for _, one := range slices.Sorted(maps.Keys(needs)) {
		if given[one] && !given[needs[one]] {
			return fmt.Errorf("--%s needs --%s", one, needs[one])
		}
	}
	return cmp.Or(f.checkNumbers(), f.checkAddresses(), f.checkNamespaces(), f.election.Validate(), f.osb.Validate())
}

func (f *flags) checkNumbers() error {
	for _, one := range []struct {
		flag string
		is   time.Duration
	}{
		{"resync-period", f.resync},
		{"watch-interval-busy", f.watchBusy},
		{"watch-interval-idle", f.watchIdle},
		{"leader-elect-lease-duration", f.election.LeaseDuration},
		{"leader-elect-renew-deadline", f.election.RenewDeadline},
		{"leader-elect-retry-period", f.election.RetryPeriod},
	} {
		if one.is <= 0 {
			return fmt.Errorf("--%s must be positive, not %s", one.flag, one.is)
		}
	}
	switch {
	case f.watchBusy > f.watchIdle:
		return fmt.Errorf("--watch-interval-busy (%s) must not be longer than --watch-interval-idle (%s)", f.watchBusy, f.watchIdle)
	case f.concurrency <= 0:
		return fmt.Errorf("--max-concurrent-reconciles must be positive, not %d", f.concurrency)
	case !(f.kubeAPIQPS >= 0):
		return fmt.Errorf("--kube-api-qps must be positive, or 0 for no limit, not %g", f.kubeAPIQPS)
	case f.kubeAPIBurst <= 0:
		return fmt.Errorf("--kube-api-burst must be positive, not %d", f.kubeAPIBurst)
	case f.osb.MaxConnections <= 0:
		return fmt.Errorf("--osb-max-connections must be positive, not %d", f.osb.MaxConnections)
	}
	return nil
}

// checkAddresses wants each address to have a port, and no port to be wanted twice.
func (f *flags) checkAddresses() error {
	taken := map[string]string{}
	for _, one := range []struct{ flag, address string }{
		{"health-probe-bind-address", f.probeAddress},
		{"metrics-bind-address", f.metricsAddress},
		{"pprof-bind-address", f.pprofAddress},
		{"osb-bind-address", f.osb.BindAddress},
	} {
		if one.address == off {
			continue
		}
		_, port, err := net.SplitHostPort(one.address)
		if err == nil {
			_, err = strconv.ParseUint(port, 10, 16)
		}
		if err != nil {
			return fmt.Errorf("--%s must be an address such as :8080 or 127.0.0.1:8080, or 0 for none, not %q", one.flag, one.address)
		}
		if other := taken[one.address]; other != "" && port != "0" {
			return fmt.Errorf("--%s and --%s are both %s", other, one.flag, one.address)
		}
		taken[one.address] = one.flag
	}
	return nil
}

func (f *flags) checkNamespaces() error {
	for _, one := range []struct{ flag, name string }{{"operator-namespace", f.operatorNamespace}, {"osb-namespace", f.osb.Namespace}} {
		if len(validation.IsDNS1123Label(one.name)) > 0 {
			return fmt.Errorf("--%s must be the name of a namespace, not %q", one.flag, one.name)
		}
	}
	if _, err := kube.Namespaces(f.watchNamespaces); err != nil {
		return fmt.Errorf("--watch-namespaces: %w", err)
	}
	return nil
}
