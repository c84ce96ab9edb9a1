// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"testing"

	. "github.com/onsi/gomega"
)

// As many handshakes as there are turns are computed at once; the next turn is for the address with the fewest strangers, and one
// that gives up waiting takes none.
func TestTurnsOfHandshakes(t *testing.T) {
	g := NewWithT(t)
	all := handshakes{free: 2}
	crowd, lonely := &source{strangers: 9}, &source{strangers: 1}
	begin := func(from *source) *handshake {
		s := &handshake{from: from}
		all.begin(s)
		return s
	}
	first, second := begin(crowd), begin(crowd)
	third, givesUp, guest := begin(crowd), begin(lonely), begin(lonely)
	g.Expect(first.computes.Load()).To(BeTrue())
	g.Expect(second.computes.Load()).To(BeTrue())
	for _, waiting := range []*handshake{third, givesUp, guest} {
		g.Expect(waiting.computes.Load()).To(BeFalse())
		g.Expect(waiting.turn).NotTo(BeClosed())
	}

	all.end(givesUp)
	g.Expect(givesUp.turn).To(BeClosed())
	g.Expect(givesUp.computes.Load()).To(BeFalse())
	all.end(first)
	g.Expect(guest.turn).To(BeClosed())
	g.Expect(guest.computes.Load()).To(BeTrue())
	all.end(first) // it has no turn any more
	g.Expect(third.computes.Load()).To(BeFalse())
	all.end(guest)
	g.Expect(third.computes.Load()).To(BeTrue())
	all.end(second)
	all.end(third)
	g.Expect(all.free).To(Equal(2))
	g.Expect(all.waiting).To(BeEmpty())
}
