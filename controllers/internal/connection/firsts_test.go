// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// Of each object one thing is remembered, so that what is remembered is bounded by the objects there are.
func TestFirsts(t *testing.T) {
	g := NewWithT(t)
	var f Firsts
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	g.Expect(f.Since("a", "install-1", noon)).To(Equal(noon))
	g.Expect(f.Since("b", "install-1", noon.Add(time.Second))).To(Equal(noon.Add(time.Second)), "another object")
	g.Expect(f.Since("a", "install-1", noon.Add(time.Minute))).To(Equal(noon))
	g.Expect(f.Since("a", "install-2", noon.Add(time.Hour))).To(Equal(noon.Add(time.Hour)), "another thing")
	g.Expect(f.at).To(HaveLen(2))
	f.Forget("a")
	g.Expect(f.Since("a", "install-2", noon.Add(2*time.Hour))).To(Equal(noon.Add(2 * time.Hour)))
	f.Forget("a")
	f.Forget("b")
	g.Expect(f.at).To(BeEmpty())
}
