// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package doors

import (
	"context"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/connections"
)

// Unknown tokens wait for their turn, so many at once and so many of an address; those of one with many failed logins one after
// the other. Who was known before waits for none of them.
func TestTurns(t *testing.T) {
	g := NewWithT(t)
	limits := DefaultLimits()
	limits.Reviews = 6
	turns := newTurns(limits)
	soon := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	asker := func(n int, suspect bool) asker {
		return asker{from: connections.SourceOf(fmt.Sprintf("192.0.2.%d:1", n)), suspect: suspect}
	}
	takes := func(n int, suspect bool) func() {
		t.Helper()
		give, err := turns.take(t.Context(), asker(n, suspect))
		g.Expect(err).NotTo(HaveOccurred())
		return give
	}
	waits := func(n int, suspect bool) {
		t.Helper()
		_, err := turns.take(soon(), asker(n, suspect))
		g.Expect(err).To(MatchError(ErrOverloaded))
	}
	var taken []func()
	for range limits.ReviewsOfSource {
		taken = append(taken, takes(1, false))
	}
	waits(1, false)
	taken = append(taken, takes(2, true))
	waits(2, true)
	taken = append(taken, takes(3, false))
	waits(4, false) // there are no more for all together
	for range 6 {
		_, err := turns.take(soon(), known)
		g.Expect(err).NotTo(HaveOccurred())
	}
	for _, give := range taken {
		give()
	}
	g.Expect(turns.sources).To(BeEmpty())
	g.Expect(turns.unknown).To(BeEmpty())
	takes(2, true)()
	takes(4, false)()
}
