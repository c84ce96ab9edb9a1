// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"testing"

	. "github.com/onsi/gomega"
)

// The newest three stay, and those that a deployment has; of the others the oldest goes first.
func TestPrunable(t *testing.T) {
	held := func(id string) option { return func(s *scope) { s.counts = map[string]int32{id: 1} } }
	for _, row := range []struct {
		name  string
		scope *scope
		id    string
	}{
		{"no revision", newScope(ours), ""},
		{"as many as are kept", newScope(ours, recorded(revision, "b", "c")), ""},
		{"one more", newScope(ours, recorded(revision, "b", "c", "d")), "d"},
		{"two more", newScope(ours, recorded(revision, "b", "c", "d", "e")), "e"},
		{"one more, in use", newScope(ours, recorded(revision, "b", "c", "d"), held("d")), ""},
		{"two more, the oldest in use", newScope(ours, recorded(revision, "b", "c", "d", "e"), held("e")), "d"},
		{"one more, and a newer one in use", newScope(ours, recorded(revision, "b", "c", "d"), held("b")), "d"},
		{"the oldest is wanted again", newScope(ours, recorded("b", "c", "d", revision)), ""},
		{"the oldest is wanted again, and another is too many", newScope(ours, recorded("b", "c", "d", "e", revision)), "e"},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.scope.prunable()).To(Equal(row.id))
		})
	}
}

func TestNothingIsPrunedBeforeTheNewestIsUploaded(t *testing.T) {
	g := NewWithT(t)
	many := recorded(revision, "b", "c", "d")
	g.Expect(nextStep(newScope(ours, many))).To(Equal(stepUpload))
	g.Expect(nextStep(newScope(ours, many, found("parsing")))).To(Equal(stepWait))
	g.Expect(nextStep(newScope(ours, many, found("invalid")))).To(Equal(stepStall))
	g.Expect(nextStep(newScope(ours, many, found("uploaded")))).To(Equal(stepPrune))
	g.Expect(nextStep(newScope(ours, many, found("uploaded"), deleting, usedBy("shop/a")))).To(Equal(stepHold))
}
