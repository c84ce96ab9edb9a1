// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
)

func TestRatiosAreJudged(t *testing.T) {
	put, catalog := report.Contest{Path: "PUT", Clients: 8}, report.Contest{Path: "GET catalog", Clients: 1}
	documented := map[report.Contest]float64{put: .8, catalog: .9, {Path: "PUT", Clients: 64}: .5, {Path: "DELETE", Clients: 8}: 0}
	for _, row := range []struct {
		name     string
		measured map[report.Contest]float64
		wrong    []string
		short    int // how many may be measured again
	}{
		{name: "as documented", measured: map[report.Contest]float64{put: .8, catalog: .9}},
		{name: "better", measured: map[report.Contest]float64{put: 1.2}},
		{name: "a little less", measured: map[report.Contest]float64{put: .73}},
		{name: "less than nine tenths", measured: map[report.Contest]float64{put: .71, catalog: .9}, wrong: []string{"PUT with 8 clients: ratio 0.71, documented 0.80"}, short: 1},
		{name: "all less", measured: map[report.Contest]float64{put: .1, catalog: .1}, wrong: []string{"PUT with 8", "GET catalog with 1"}, short: 2},
		{name: "documented by mistake", measured: map[report.Contest]float64{{Path: "DELETE", Clients: 8}: 1}, wrong: []string{"DELETE with 8 clients is not documented: make bench"}},
		{name: "not documented", measured: map[report.Contest]float64{{Path: "PUT", Clients: 1}: 1}, wrong: []string{"PUT with 1 clients is not documented: make bench"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			short, err := judge(documented, row.measured)
			g.Expect(short).To(HaveLen(row.short))
			if row.wrong == nil {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			for _, part := range row.wrong {
				g.Expect(err).To(MatchError(ContainSubstring(part)))
			}
		})
	}
}
