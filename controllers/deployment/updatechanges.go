// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// fillChanges fills in which nodes an update changes. Each workflow is among the steps whether or not it changes, and tells nothing.
func fillChanges(p *v1alpha1.PendingUpdate, steps []cloudify.UpdateStep) {
	var added, removed, changed, related, reinstalled []string
	for _, step := range steps {
		if len(step.EntityID) < 2 || step.EntityID[0] != "nodes" {
			continue
		}
		node := step.EntityID[1]
		switch inRelationship := len(step.EntityID) > 2 && step.EntityID[2] == "relationships"; {
		case step.EntityType == "node" && step.Action == "add":
			added = append(added, node)
		case step.EntityType == "node" && step.Action == "remove":
			removed = append(removed, node)
		case inRelationship:
			related = append(related, node)
		case step.EntityType == "property", step.EntityType == "node":
			reinstalled = append(reinstalled, node)
			changed = append(changed, node)
		default:
			changed = append(changed, node)
		}
	}
	p.Nodes.Added, p.Omitted = bounded(added, p.Omitted)
	p.Nodes.Removed, p.Omitted = bounded(removed, p.Omitted)
	p.Nodes.Changed, p.Omitted = bounded(changed, p.Omitted)
	p.Relationships, p.Omitted = bounded(related, p.Omitted)
	p.MayReinstall, p.Omitted = bounded(reinstalled, p.Omitted)
}

// Bounds of the lists of a pending update.
const (
	maxNames      = 50
	maxNameLength = 256
)

// bounded are the names, each once, as many as the status takes, and how many were left out, with those before.
func bounded(names []string, omitted int32) ([]string, int32) {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > maxNames {
		omitted += int32(len(names) - maxNames) //nolint:gosec // at most as many as a blueprint has
		names = names[:maxNames]
	}
	for i := range names {
		names[i] = outcome.Truncate(names[i], maxNameLength)
	}
	return names, omitted
}

// awaiting says what waits for approval, as a plan of the change.
func (f *facts) awaiting(p *v1alpha1.PendingUpdate) (reason, message string) {
	message = fmt.Sprintf("update %s awaits approval: %s", p.ID, strings.Join(changesOf(p), "; "))
	approve := fmt.Sprintf("; to approve it, set the annotation %s to %s", v1alpha1.ApprovedUpdateAnnotation, p.ID)
	reason = v1alpha1.ReasonAwaitingApproval
	switch p.Preview {
	case v1alpha1.PreviewRefused:
		reason = v1alpha1.ReasonPreviewRefused
		message += "; the Manager would refuse it: " + p.Message
		if !f.history.release.Has(cloudify.UpdateInPlace) {
			return v1alpha1.ReasonUpdateUnsupported, message
		}
	case v1alpha1.PreviewPending:
		message += "; the Manager has not said yet what it would change"
		if p.Message != "" {
			message += ": " + p.Message
		}
	case v1alpha1.PreviewUnsupported:
		message += fmt.Sprintf("; release %s of the Manager cannot say more", f.history.release)
	}
	return reason, outcome.Truncate(message, maxPlan) + approve
}

// maxPlan leaves room in a condition for what a person can do.
const maxPlan = 3500

// maxListed is how many names of a kind a message has; the status has more.
const maxListed = 10

// changesOf says what an update changes, in names.
func changesOf(p *v1alpha1.PendingUpdate) []string {
	var parts []string
	list := func(what string, names []string) {
		if len(names) > 0 {
			parts = append(parts, what+" "+outcome.Enumerate(names, maxListed))
		}
	}
	list("inputs", p.Inputs)
	if p.FromBlueprintID != p.ToBlueprintID {
		parts = append(parts, fmt.Sprintf("revision %s instead of %s", p.ToBlueprintID, p.FromBlueprintID))
	}
	list("nodes added:", p.Nodes.Added)
	list("nodes removed:", p.Nodes.Removed)
	list("nodes changed:", p.Nodes.Changed)
	list("relationships changed of", p.Relationships)
	list("may be reinstalled:", p.MayReinstall)
	if n := p.Nodes; p.Preview == v1alpha1.PreviewMade && len(n.Added)+len(n.Removed)+len(n.Changed)+len(p.Relationships) == 0 {
		parts = append(parts, "no nodes change")
	}
	return parts
}

// summaryOf is the ID and what an update changes, in numbers.
func summaryOf(p *v1alpha1.PendingUpdate) string {
	var parts []string
	count := func(names []string, what, how string) {
		if len(names) > 1 {
			what += "s"
		}
		if len(names) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s %s", len(names), what, how))
		}
	}
	count(p.Inputs, "input", "changed")
	if p.FromBlueprintID != p.ToBlueprintID {
		parts = append(parts, "another revision")
	}
	count(p.Nodes.Added, "node", "added")
	count(p.Nodes.Removed, "node", "removed")
	count(p.Nodes.Changed, "node", "changed")
	count(p.Relationships, "node", "with other relationships")
	count(p.MayReinstall, "node", "may be reinstalled")
	if p.Preview == v1alpha1.PreviewRefused {
		parts = append(parts, "the Manager would refuse it")
	}
	return outcome.Truncate(p.ID+": "+strings.Join(parts, ", "), 256)
}
