// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func TestChooseRevision(t *testing.T) {
	newer := nodecellar(func(b *v1alpha1.CloudifyBlueprint) {
		b.Status.BlueprintID = "nodecellar-2"
		b.Status.Revisions = []v1alpha1.BlueprintRevision{
			{BlueprintID: "nodecellar-2", UploadedAt: new(metav1.NewTime(began))}, {BlueprintID: "nodecellar-1", UploadedAt: new(metav1.NewTime(began))},
		}
	})
	for _, row := range []struct {
		name     string
		scope    *scope
		revision string
	}{
		{"new", cellar(from(newer)), "nodecellar-2"},
		{"new, blueprint gone", cellar(from(nil)), ""},
		{"exists: nothing moves unasked", cellar(from(newer), deployed("active")), "nodecellar-1"},
		{"exists, blueprint gone", cellar(from(nil), deployed("active")), "nodecellar-1"},
		{"create failed", cellar(from(newer), created("active", creation("failed", nil))), "nodecellar-2"},
		{"vanished", cellar(from(newer), applied("nodecellar-1")), "nodecellar-1"},
		{"vanished, of a revision that is there no more", cellar(from(newer), applied("nodecellar-0")), "nodecellar-2"},
		{"vanished, following the latest", cellar(from(newer), applied("nodecellar-1"), following), "nodecellar-2"},
		{"vanished, and its creation failed", cellar(from(newer), applied("nodecellar-1"), created("active", creation("failed", nil))), "nodecellar-1"},
		{"moved by somebody", cellar(from(newer), applied("nodecellar-1"), deployed("active"), made("nodecellar-2")), "nodecellar-1"},
		{"moved by somebody from a revision that is there no more", cellar(from(newer), applied("nodecellar-0"), deployed("active")), "nodecellar-1"},
		{"exists, following the latest", cellar(from(newer), deployed("active"), following), "nodecellar-2"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(row.scope.chooseRevision()).To(Equal(row.revision))
		})
	}
}

// applied is the revision that it was last Ready with, made the one that it has.
func applied(id string) option {
	return func(s *scope) { s.deployment.Status.Applied = &v1alpha1.AppliedStatus{Generation: 2, BlueprintID: id} }
}

func made(of string) option { return func(s *scope) { s.history.remote.BlueprintID = of } }

func following(s *scope) {
	s.deployment.Spec.Revision = &v1alpha1.RevisionSelection{Policy: v1alpha1.RevisionPolicyLatest}
}

// selected names a revision in the spec.
func selected(id string) option {
	return func(s *scope) { s.deployment.Spec.Revision = &v1alpha1.RevisionSelection{BlueprintID: id} }
}

func TestOnlyWhatWasUploadedIsARevision(t *testing.T) {
	b := nodecellar(func(b *v1alpha1.CloudifyBlueprint) {
		b.Status.Revisions = []v1alpha1.BlueprintRevision{
			{BlueprintID: "nodecellar-3"}, {BlueprintID: "nodecellar-2", UploadedAt: new(metav1.NewTime(began))},
		}
	})
	for id, known := range map[string]bool{"nodecellar-1": true, "nodecellar-2": true, "nodecellar-3": false, "nodecellar-4": false} {
		s := cellar(from(b), selected(id))
		revision, err := s.chooseRevision()
		if known {
			NewWithT(t).Expect(err).NotTo(HaveOccurred(), id)
			NewWithT(t).Expect(revision).To(Equal(id))
		} else {
			NewWithT(t).Expect(err).To(ends(outcome.Stalled, "UnknownRevision", id), id)
		}
	}
	NewWithT(t).Expect(cellar(from(b), selected("nodecellar-0"), deployed("active"), made("nodecellar-0")).chooseRevision()).
		To(Equal("nodecellar-0"), "it has it already")
}
