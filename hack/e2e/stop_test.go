// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
)

// A pod is stopped while an install runs, and another takes its place; a leader, and a replica that waits to be one, stop as well.
func TestStopsGracefully(t *testing.T) {
	for name, args := range map[string][]string{"alone": nil, "with a leader election": elected} {
		t.Run(name, func(t *testing.T) {
			o := startOperator(t, args...)
			s := newStory(t, o)
			s.InstallSeconds = int(forever.Seconds())
			s.create(s.shop())
			s.awaitInstall()

			stopping := []*operator{o}
			if args != nil {
				stopping = []*operator{startOperator(t, args...), o}
			}
			for _, one := range stopping {
				s.Expect(one.shutDown(syscall.SIGTERM)).To(Succeed(), "it should end with status 0")
				s.Expect(lineWith(one.output(), `"level":"error"`)).To(BeEmpty())
			}

			s.manager.Step(forever)
			o.start()
			s.awaitReady()
			s.Expect(s.starts()).To(Equal(1))
			s.deleteAll()
			s.awaitGone()
		})
	}
}

// Of two replicas one works. When its node is gone, the other goes on with what runs, once the lease is over.
func TestSecondReplicaTakesOver(t *testing.T) {
	leader := startOperator(t, "--leader-elect")
	s := newStory(t, leader)
	s.InstallSeconds = int(forever.Seconds())
	s.create(s.shop())
	s.awaitInstall()

	second := startOperator(t, "--leader-elect")
	s.Expect(leader.shutDown(syscall.SIGKILL)).NotTo(Succeed())
	s.Expect(second.output()).NotTo(ContainSubstring("Starting workers"), "a replica that does not lead should do nothing")
	s.manager.Step(forever)

	s.awaitReady()
	s.Expect(s.starts()).To(Equal(1))
	s.deleteAll()
	s.awaitGone()
}
