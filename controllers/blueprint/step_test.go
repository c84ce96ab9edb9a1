// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

func TestNextStep(t *testing.T) {
	for _, row := range []struct {
		name  string
		scope *scope
		step  step
	}{
		{"deleted, and deployments use it", newScope(ours, deleting, usedBy("shop/a"), doomed("b")), stepHold},
		{"deleted, and revisions are left", newScope(ours, deleting, doomed("b", "c")), stepDelete},
		{"deleted, and nothing is left", newScope(ours, deleting), stepLetGo},
		{"deleted, and asked again", newScope(ours, deleting, requested), stepLetGo},

		{"one that exists is not there", newScope(), stepMissing},
		{"one that exists is not there, asked again", newScope(requested), stepMissing},
		{"one that exists is being uploaded", newScope(found("parsing")), stepWait},
		{"one that exists was refused", newScope(found("failed_parsing")), stepStall},
		{"one that exists was refused, asked again", newScope(found("invalid"), requested), stepStall},
		{"one that exists is there", newScope(found("uploaded")), stepNone},

		{"a new revision", newScope(ours), stepRecord},
		{"a new revision beside an old", newScope(ours, recorded("k8s-cellar-old")), stepRecord},
		{"a revision on record", newScope(ours, recorded(revision)), stepUpload},
		{"an old revision is wanted again, and gone", newScope(ours, recorded("k8s-cellar-new", revision)), stepUpload},
		{"a revision is being uploaded", newScope(ours, recorded(revision), found("uploading")), stepWait},
		{"a revision is in a state nobody knows", newScope(ours, recorded(revision), found("polishing")), stepWait},
		{"a revision was refused", newScope(ours, recorded(revision), found("failed_extracting")), stepStall},
		{"a revision was refused, as asked", newScope(ours, recorded(revision), found("failed_uploading"), requested, handled), stepStall},
		{"a revision was refused, asked again", newScope(ours, recorded(revision), found("failed_parsing"), requested), stepUpload},
		{"a revision that an earlier object left", newScope(ours, found("uploaded")), stepRecord},
		{"a revision without labels", newScope(ours, recorded(revision), found("uploaded"), at(7, 1)), stepLabel},
		{"a revision without labels, where there are none", newScope(ours, recorded(revision), found("uploaded"), at(5, 2)), stepNone},
		{"a revision with labels", newScope(ours, recorded(revision), found("uploaded"), at(7, 1), labelled), stepNone},
		{"one that exists, without labels", newScope(found("uploaded"), at(7, 1)), stepNone},
		{"a revision is uploaded, asked again", newScope(ours, recorded(revision), found("uploaded"), requested), stepNone},
		{"a revision is uploaded", newScope(ours, recorded(revision), found("uploaded")), stepNone},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(nextStep(row.scope)).To(Equal(row.step))
		})
	}
}

// Only what is stored counts as on record: a status that was not written would let an upload outlive its object.
func TestARevisionIsOnRecordOnceItIsStored(t *testing.T) {
	g := NewWithT(t)
	s := newScope(ours)
	s.record()
	g.Expect(nextStep(s)).To(Equal(stepRecord))
	s.before = s.blueprint.DeepCopy()
	g.Expect(nextStep(s)).To(Equal(stepUpload))
}

func TestDoomedRevisions(t *testing.T) {
	for _, row := range []struct {
		name  string
		scope *scope
		ids   []string
	}{
		{"uploaded ones", newScope(ours, recorded("b", "a")), []string{"b", "a"}},
		{"uploaded ones that shall stay", newScope(ours, recorded("b"), policy(v1alpha1.DeletionPolicyOrphan)), nil},
		{"none uploaded yet", newScope(ours), nil},
		{"one that exists", newScope(withID("cellar")), nil},
		{"one that exists and shall go", newScope(withID("cellar"), policy(v1alpha1.DeletionPolicyDelete)), []string{"cellar"}},
		{"one that was never found", newScope(policy(v1alpha1.DeletionPolicyDelete)), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(doomedRevisions(row.scope.blueprint)).To(Equal(row.ids))
		})
	}
}

// at makes the Manager one of a release.
func at(major, minor int) option {
	return func(s *scope) { s.release = cloudify.Release{Major: major, Minor: minor} }
}

func labelled(s *scope) { s.remote.Labels = s.wantedLabels() }

func withID(id string) option { return func(s *scope) { s.blueprint.Status.BlueprintID = id } }

// The newest three stay, and those that a deployment has; of the others the oldest goes first.
func TestPrunable(t *testing.T) {
	held := func(id string) option { return func(s *scope) { s.counts = map[string]int32{id: 1} } }
	for _, row := range []struct {
		name  string
		scope *scope
		ids   []string
	}{
		{"no revision", newScope(ours), nil},
		{"as many as are kept", newScope(ours, recorded(revision, "b", "c")), nil},
		{"one more", newScope(ours, recorded(revision, "b", "c", "d")), []string{"d"}},
		{"two more", newScope(ours, recorded(revision, "b", "c", "d", "e")), []string{"e", "d"}},
		{"one more, in use", newScope(ours, recorded(revision, "b", "c", "d"), held("d")), nil},
		{"two more, the oldest in use", newScope(ours, recorded(revision, "b", "c", "d", "e"), held("e")), []string{"d"}},
		{"one more, and a newer one in use", newScope(ours, recorded(revision, "b", "c", "d"), held("b")), []string{"d"}},
		{"the oldest is wanted again", newScope(ours, recorded("b", "c", "d", revision)), nil},
		{"the oldest is wanted again, and another is too many", newScope(ours, recorded("b", "c", "d", "e", revision)), []string{"e"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.scope.prunable()).To(Equal(row.ids))
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
