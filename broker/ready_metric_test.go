// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// The gauge follows the endpoint: none before it begins, 0 while it cannot answer, 1 while it can, none after its end.
func TestReadyMetricFollowsTheEndpoint(t *testing.T) {
	g := NewWithT(t)
	value := func() float64 {
		if testutil.CollectAndCount(readiness{}) == 0 {
			return -1
		}
		return testutil.ToFloat64(readiness{})
	}
	g.Expect(value()).To(BeEquivalentTo(-1), "the endpoint is off")

	var missing atomic.Bool
	missing.Store(true)
	s := newServer(Options{BindAddress: "127.0.0.1:0", Insecure: InsecureOpen, Namespace: "n"}, http.NotFoundHandler(), func() error {
		if missing.Load() {
			return errors.New("there are no credentials")
		}
		return nil
	})
	s.notice = 0
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Start(ctx) }()
	g.Eventually(value).Should(BeEquivalentTo(0))
	missing.Store(false)
	g.Eventually(value).Should(BeEquivalentTo(1))
	stop()
	g.Expect(<-ended).To(Succeed())
	g.Expect(value()).To(BeEquivalentTo(-1))
}
