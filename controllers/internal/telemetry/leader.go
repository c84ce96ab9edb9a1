// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// Leader tells how things stand while this process leads. It is a Runnable of the leader.
type Leader struct {
	// Reader reads the cache.
	Reader client.Reader
	// Polled is when something was last listed at a Manager; zero: never.
	Polled func(manager string) time.Time
	// Waiting is how many objects wait for their turn at a Manager.
	Waiting func(manager string) int

	began time.Time
}

// NeedLeaderElection makes the manager start l on the leader only, when the caches are filled.
func (l *Leader) NeedLeaderElection() bool { return true }

// Start tells until the context ends.
func (l *Leader) Start(ctx context.Context) error {
	l.began = time.Now()
	leader.Store(l)
	<-ctx.Done()
	leader.CompareAndSwap(l, nil)
	return nil
}

// leader is the one that tells; nil: this process does not lead.
var leader atomic.Pointer[Leader]

func init() { metrics.Registry.MustRegister(collector{}) }

// collector makes the samples of a scrape.
type collector struct{}

var leads = prometheus.NewDesc("cloudify_operator_leader", "1 on the replica that reconciles, 0 on the others.", nil, nil)

// Describe names what Collect may send.
func (collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{leads, objects, oldestDeletion, reachable, lastPoll, waiting, running, offerings} {
		to <- d
	}
}

// scrapeTime bounds how long a scrape waits for a cache.
const scrapeTime = 5 * time.Second

// Collect looks at everything there is.
func (collector) Collect(to chan<- prometheus.Metric) {
	l := leader.Load()
	if l == nil {
		to <- prometheus.MustNewConstMetric(leads, prometheus.GaugeValue, 0)
		return
	}
	to <- prometheus.MustNewConstMetric(leads, prometheus.GaugeValue, 1)
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	seen := newPicture()
	if err := l.look(ctx, seen); err != nil {
		// Half a count would look like objects that are gone.
		to <- prometheus.NewInvalidMetric(objects, err)
		return
	}
	seen.send(to)
	l.sendManagers(seen.managers, to)
}
