// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestElectionTimesFitEachOther(t *testing.T) {
	for _, row := range []struct {
		name                   string
		lease, deadline, retry time.Duration
		wrong                  string
	}{
		{"the defaults", 15 * time.Second, 10 * time.Second, 2 * time.Second, ""},
		{"short ones", 6 * time.Second, 5 * time.Second, 500 * time.Millisecond, ""},
		{"a lease as long as the deadline", 10 * time.Second, 10 * time.Second, 2 * time.Second, "--leader-elect-lease-duration (10s) must be longer than --leader-elect-renew-deadline (10s)"},
		{"half a second", 15500 * time.Millisecond, 10 * time.Second, 2 * time.Second, "must be whole seconds, not 15.5s"},
		{"a retry as long as the deadline", 15 * time.Second, 10 * time.Second, 9 * time.Second, "must be longer than 1.2 times --leader-elect-retry-period (9s)"},
		{"no retry", 15 * time.Second, 10 * time.Second, 0, "--leader-elect-retry-period must be positive"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			err := Election{true, row.lease, row.deadline, row.retry}.Validate()
			if row.wrong == "" {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(MatchError(ContainSubstring(row.wrong)))
			}
		})
	}
}
