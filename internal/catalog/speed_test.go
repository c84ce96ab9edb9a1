// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package catalog

import (
	"fmt"
	"testing"
)

// BenchmarkContest shows what an entry costs, which is the same in a small catalog and in a large one.
func BenchmarkContest(b *testing.B) {
	for _, many := range []int{10, 1000} {
		entries := make([]Entry, many)
		for i := range entries {
			name := fmt.Sprintf("cellar-%d", i)
			entries[i] = entry(name, i, name, withPlans(name+"-small", name+"-medium", name+"-large"))
		}
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			for b.Loop() {
				for _, loss := range Contest(entries) {
					if loss != nil {
						b.Fatalf("%s is wanted twice", loss.Key)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*many), "ns/entry")
		})
	}
}
