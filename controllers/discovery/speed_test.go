// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

// BenchmarkChangesFor looks at what is as it should be, as after nearly every list.
func BenchmarkChangesFor(b *testing.B) {
	const many = 1000
	s := situation{manager: "default", discovery: catalog(), taken: map[string]bool{}, used: map[types.NamespacedName]bool{}}
	for i := range many {
		found := remote(fmt.Sprintf("cellar-%d", i), labelled("kind", "wine"))
		s.found = append(s.found, found)
		s.existing = append(s.existing, written(b, s.discovery, found))
	}
	for b.Loop() {
		if changes, _ := changesFor(s); len(changes) > 0 {
			b.Fatal(say(changes[0]))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*many), "ns/blueprint")
}
