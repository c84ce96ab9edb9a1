// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"testing"

	. "github.com/onsi/gomega"
)

// A list ends what was followed before it began and is not in it, and says nothing of what was followed since.
func TestWhatAListSaysOfWhatIsFollowed(t *testing.T) {
	a, b := objectOf("a"), objectOf("b")
	for name, row := range map[string]struct {
		listed map[string]bool
		before bool // followed before the list began
		ended  bool
	}{
		"listed":                          {map[string]bool{"x": true}, true, false},
		"not listed":                      {nil, true, true},
		"another is listed":               {map[string]bool{"y": true}, true, true},
		"not listed, but followed since":  {nil, false, false},
		"listed, and followed since then": {map[string]bool{"x": true}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var c clock
			var f follows
			began := c.next()
			g.Expect(f.add("x", a, &c)).To(BeTrue())
			g.Expect(f.add("x", a, &c)).To(BeFalse(), "it is followed already, since then")
			g.Expect(f.latest).To(Equal(c.now))
			if row.before {
				began = c.next()
			}
			g.Expect(f.sinceListed(began, a)).To(Equal(!row.before))
			g.Expect(f.sinceListed(began, b)).To(BeFalse(), "it follows nothing")
			if row.ended {
				g.Expect(f.unlisted(began, row.listed)).To(ConsistOf("x"))
				g.Expect(f.takeEnded(began, row.listed)).To(ConsistOf(a))
			} else {
				g.Expect(f.unlisted(began, row.listed)).To(BeEmpty())
				g.Expect(f.takeEnded(began, row.listed)).To(BeEmpty())
			}
			g.Expect(f.any()).To(Equal(!row.ended))
			g.Expect(f.takeEnded(began, row.listed)).To(BeEmpty(), "once")
		})
	}
}
