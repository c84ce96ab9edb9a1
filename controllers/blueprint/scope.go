// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
)

// scope is one reconcile of a CloudifyBlueprint.
type scope struct {
	before, blueprint *v1alpha1.CloudifyBlueprint
	key               types.NamespacedName
	now               metav1.Time
	// cluster is what the label k8s-cluster says.
	cluster string

	// manager is filled by resolve; nil while an object is deleted that has nothing there.
	manager *v1alpha1.CloudifyManager
	// conn and release, which is the Manager's, are filled by resolve; visit takes a slot of the Manager, in observe.
	conn    *connection.Connection
	release cloudify.Release
	visit   *connection.Visit

	usage  // filled by count
	wanted // filled by resolve
	seen   // filled by observe
}

func (s *scope) subject() phases.Subject {
	return phases.Subject{Kind: "CloudifyBlueprint", NamespacedName: s.key}
}

// usage is who needs the blueprint.
type usage struct {
	// users are the CloudifyDeployments that refer to the blueprint, and counts how many have each revision.
	users  []string
	counts map[string]int32
	// heir is an object of the same name that was created when this one, which is being deleted, had gone; nil: there is none.
	// The same content has the same ID, so what the heir has on record is its own now.
	heir *v1alpha1.CloudifyBlueprint
}

// inherited reports whether a revision is the heir's.
func (u usage) inherited(id string) bool {
	return u.heir != nil && slices.ContainsFunc(u.heir.Status.Revisions, func(v v1alpha1.BlueprintRevision) bool { return v.BlueprintID == id })
}

// wanted is the revision that the spec asks for.
type wanted struct {
	id     string
	source source
	// observed stands for the version of the ConfigMap that was read; "" where none was.
	observed string
	// unread tells that the ConfigMap was left unread, because the status answers to it, and readAgain when to read it; zero:
	// when its watch says so.
	unread    bool
	readAgain time.Duration
}

// seen is what the Manager has.
type seen struct {
	// remote is the wanted revision; nil: it is not there.
	remote *cloudify.Blueprint
	// template is what it declares, once it is uploaded.
	template *cloudify.Template
	// doomed are the revisions still to be deleted with the object.
	doomed []string
}

func (s *scope) deleting() bool { return !s.blueprint.DeletionTimestamp.IsZero() }

// asked reports whether somebody asked again since a step was last tried.
func asked(b *v1alpha1.CloudifyBlueprint) bool {
	return v1alpha1.RequestedAt(b) != b.Status.LastHandledRequest
}

func (s *scope) asked() bool { return asked(s.blueprint) }

// settled reports whether the status as stored already answers to the spec, so that an outage need not show on it.
func (s *scope) settled() bool {
	return s.before.IsReady() && !s.deleting() && !s.asked() && s.id == s.before.Status.BlueprintID && len(s.prunable()) == 0
}

// wasRefused reports whether the status says that the Manager refused the revision that the spec asks for. A new source or request
// can help, and so can somebody who replaces it at the Manager, which the lists show.
func (s *scope) wasRefused() bool {
	ready := meta.FindStatusCondition(s.before.Status.Conditions, v1alpha1.ReadyCondition)
	newest := s.before.Status.Revisions
	return s.before.IsStalled() && ready != nil && ready.Reason == v1alpha1.ReasonUploadFailed && !s.deleting() && !s.asked() &&
		len(newest) > 0 && newest[0].BlueprintID == s.id
}

// created is when the blueprint was created whose plan the status shows; zero: not known.
func (s *scope) created() time.Time {
	if s.before.Status.CreatedAt == nil {
		return time.Time{}
	}
	return s.before.Status.CreatedAt.Time
}

// urgency says how soon it is the object's turn at its Manager.
func (s *scope) urgency() connection.Urgency {
	switch {
	case s.deleting(), s.asked(), s.before.Status.BlueprintID != "" && s.before.Status.BlueprintID != s.id:
		return connection.Change
	case idle(s.before):
		return connection.Resync
	case s.before.Status.ObservedGeneration == 0:
		return connection.New
	default:
		return connection.Begun
	}
}

// wayOut reminds of the deletion policy when deletion is held up.
func (s *scope) wayOut() string {
	if !s.deleting() {
		return ""
	}
	return ". To delete this object without asking the Manager, set spec.deletionPolicy to Orphan"
}

// leaves reports whether an object that is deleted has something to delete at the Manager, now that nobody refers to it.
func (s *scope) leaves() bool { return len(s.users) == 0 && len(doomedRevisions(s.blueprint)) > 0 }

// recorded reports whether the status of the object, as stored, lists the revision.
func (s *scope) recorded() bool {
	for _, revision := range s.before.Status.Revisions {
		if revision.BlueprintID == s.id {
			return true
		}
	}
	return false
}

// keptRevisions is how many of the newest revisions stay, used or not.
const keptRevisions = 3

// prunable are the revisions beyond those kept that no deployment has, oldest first.
func (s *scope) prunable() []string {
	var ids []string
	revisions := s.blueprint.Status.Revisions
	for i := len(revisions) - 1; i >= keptRevisions; i-- {
		if id := revisions[i].BlueprintID; s.counts[id] == 0 && id != s.id {
			ids = append(ids, id)
		}
	}
	return ids
}

// doomedRevisions are the blueprints that leave the Manager with the object.
func doomedRevisions(b *v1alpha1.CloudifyBlueprint) []string {
	if b.EffectiveDeletionPolicy() == v1alpha1.DeletionPolicyOrphan {
		return nil
	}
	var ids []string
	if b.Spec.Source == nil && b.Status.BlueprintID != "" {
		ids = append(ids, b.Status.BlueprintID) // only what was found once, and so allowed
	}
	for _, revision := range b.Status.Revisions {
		ids = append(ids, revision.BlueprintID)
	}
	return ids
}

// wantedLabels say whose a revision is.
func (s *scope) wantedLabels() cloudify.LabelSet { return connection.OwnerLabels(s.cluster, s.key) }

// hasLabels reports whether the Manager shows them, as far as its release knows labels of blueprints.
func (s *scope) hasLabels() bool {
	return !s.release.Has(cloudify.BlueprintLabels) || s.remote.Labels.Shows(s.wantedLabels())
}
