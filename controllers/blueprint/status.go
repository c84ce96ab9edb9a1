// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"encoding/json"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// setStatus says what people see of a blueprint, from what the phases found. It is pure.
func setStatus(s *scope, out outcome.Outcome) {
	status := &s.blueprint.Status
	if out.Kind == outcome.Retry || out.Kind == outcome.Unchanged {
		// The step may not have started, and a request must not get lost with it.
		status.LastHandledRequest = s.before.Status.LastHandledRequest
	}
	setCounts(s)
	if out.Kind == outcome.Unchanged {
		setObservedSource(s)
		return
	}
	status.ObservedGeneration, status.DeletionPolicy = s.blueprint.Generation, s.blueprint.EffectiveDeletionPolicy()
	if s.template != nil {
		status.BlueprintID, status.CreatedAt = s.id, createdAt(s.remote)
		status.Description = outcome.Truncate(s.remote.Description, 4096)
		setDeclared(status, s.template, secretInputs(s.blueprint, s.template))
		s.uploaded()
	}
	setObservedSource(s)
	setUploaded(s, out)
	outcome.SetSummary(&status.Conditions, s.blueprint.Generation, out, "blueprint "+status.BlueprintID+" is at the Manager")
}

// setObservedSource says which version of a ConfigMap the revision was made of, once it is at the Manager.
func setObservedSource(s *scope) {
	status := &s.blueprint.Status
	switch source := s.blueprint.Spec.Source; {
	case source == nil || source.ConfigMapRef == nil:
		status.ObservedSource = ""
	case s.observed != "" && s.id == status.BlueprintID:
		status.ObservedSource = s.observed
	}
}

func createdAt(b *cloudify.Blueprint) *metav1.MicroTime {
	if b.CreatedAt.IsZero() {
		return nil
	}
	return &metav1.MicroTime{Time: b.CreatedAt}
}

// setCounts tells how many deployments have each revision.
func setCounts(s *scope) {
	if s.counts == nil {
		return
	}
	s.blueprint.Status.Revisions = slices.Clone(s.blueprint.Status.Revisions)
	for i := range s.blueprint.Status.Revisions {
		revision := &s.blueprint.Status.Revisions[i]
		revision.Deployments = s.counts[revision.BlueprintID]
	}
}

func setUploaded(s *scope, out outcome.Outcome) {
	condition := metav1.Condition{Type: v1alpha1.UploadedCondition, Status: metav1.ConditionFalse, Reason: out.Reason, Message: out.Message}
	switch {
	case s.template != nil:
		condition.Status, condition.Reason = metav1.ConditionTrue, v1alpha1.ReasonUploaded
		condition.Message = "the Manager holds blueprint " + s.id
	case s.conn == nil || out.Kind == outcome.Retry || s.deleting():
		return // not looked: what was seen last still stands
	}
	outcome.Set(&s.blueprint.Status.Conditions, s.blueprint.Generation, condition)
}

// record notes the revision as one that is about to be uploaded, newest first.
func (s *scope) record() {
	status := &s.blueprint.Status
	status.Revisions = slices.Insert(status.Revisions, 0, v1alpha1.BlueprintRevision{BlueprintID: s.id})
}

// uploaded notes when the present revision was first seen at the Manager. One that comes back, because its content is the
// same again, is the newest again.
func (s *scope) uploaded() {
	revisions := s.blueprint.Status.Revisions
	at := slices.IndexFunc(revisions, func(r v1alpha1.BlueprintRevision) bool { return r.BlueprintID == s.id })
	if at < 0 {
		return // not ours
	}
	revision := revisions[at]
	if revision.UploadedAt == nil {
		revision.UploadedAt = &s.now
	}
	s.blueprint.Status.Revisions = slices.Insert(slices.Delete(slices.Clone(revisions), at, at+1), 0, revision)
}

// Bounds of the display; the types say the same to the API server.
const (
	maxListed      = 256
	maxDefault     = 1024
	maxDescription = 1024
)

// secretInputs are the inputs whose defaults are not shown: the hidden ones, those with a hidden part, and those that the author
// of the offering names. Where the types cannot be read, no default is.
func secretInputs(b *v1alpha1.CloudifyBlueprint, template *cloudify.Template) []string {
	schema, err := template.Schema()
	if err != nil {
		return slices.Collect(maps.Keys(template.Inputs))
	}
	var named []string
	if b.Spec.Offering != nil {
		named = b.Spec.Offering.SensitiveInputs
	}
	return schema.JSONSchema(named...).Secret()
}

// setDeclared shows what the service template declares.
func setDeclared(status *v1alpha1.CloudifyBlueprintStatus, template *cloudify.Template, secret []string) {
	status.Inputs = nil
	for _, name := range first(slices.Sorted(maps.Keys(template.Inputs))) {
		status.Inputs = append(status.Inputs, declaredInput(name, template.Inputs[name], slices.Contains(secret, name)))
	}
	status.Outputs = first(slices.Sorted(maps.Keys(template.Outputs)))
	status.Capabilities = first(slices.Sorted(maps.Keys(template.Capabilities)))
	status.Workflows = first(slices.Sorted(maps.Keys(template.Workflows)))
}

// declaredInput describes one input, without the default of a secret one.
func declaredInput(name string, in inputs.Input, secret bool) v1alpha1.BlueprintInput {
	shown := v1alpha1.BlueprintInput{
		Name: name, Type: outcome.Truncate(in.Type, maxListed), Description: outcome.Truncate(in.Description, maxDescription),
		// A default of null is none: without a value the Manager fails.
		Required: in.Default == nil && (in.Required == nil || *in.Required),
	}
	if in.Default != nil && !secret {
		if raw, err := json.Marshal(in.Default); err == nil && len(raw) <= maxDefault {
			shown.Default = &v1alpha1.JSON{Raw: raw}
		}
	}
	for _, constraint := range in.Constraints {
		if raw, err := json.Marshal(constraint); err == nil && len(raw) <= maxDefault && len(shown.Constraints) < 32 {
			shown.Constraints = append(shown.Constraints, string(raw))
		}
	}
	return shown
}

// first bounds a display, and leaves out names that are too long for it.
func first(names []string) []string {
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" || len(name) > maxListed })
	return names[:min(len(names), maxListed)]
}
