// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// RequestDuration measures the requests of all clients, to be registered once by
// the process. Its route is a template, so no id becomes a label; its code is the
// HTTP status, or "error" where there was no answer. The wait for a free slot is
// not part of it.
var RequestDuration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
	Name:    "cloudify_operator_manager_request_duration_seconds",
	Help:    "Time until a Cloudify Manager began to answer a request.",
	Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120},
}, []string{"method", "route", "code"})

func measure(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		begin := time.Now()
		response, err := next.RoundTrip(r)
		code := "error"
		if err == nil {
			code = strconv.Itoa(response.StatusCode)
		}
		RequestDuration.WithLabelValues(r.Method, callOf(r).route, code).Observe(time.Since(begin).Seconds())
		return response, err
	})
}
