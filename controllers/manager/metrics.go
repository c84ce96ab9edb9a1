// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// orphansFound sums up status.orphans of all CloudifyManagers.
var orphansFound = prometheus.NewGauge(prometheus.GaugeOpts{
	Name: "cloudify_operator_orphans",
	Help: "Deployments and blueprints at all Managers that carry this cluster's label and whose objects are gone.",
})

func init() { metrics.Registry.MustRegister(orphansFound) }

// tally sums up what each CloudifyManager says.
type tally struct {
	mu     sync.Mutex
	counts map[string]int32
}

// set notes what one CloudifyManager says; zero for one that is gone.
func (t *tally) set(manager string, count int32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int32{}
	}
	t.counts[manager] = count
	if count == 0 {
		delete(t.counts, manager)
	}
	sum := 0.0
	for _, n := range t.counts {
		sum += float64(n)
	}
	orphansFound.Set(sum)
}
