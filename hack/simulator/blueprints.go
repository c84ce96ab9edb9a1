// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// The states of a blueprint; others are those of a dsl.Error.
const (
	blueprintPending    = "pending"
	blueprintUploading  = "uploading"
	blueprintExtracting = "extracting"
	blueprintParsing    = "parsing"
	blueprintValidating = "validating"
	blueprintUploaded   = "uploaded"
)

var blueprintStates = []string{
	blueprintPending, blueprintUploading, blueprintExtracting, blueprintParsing, blueprintValidating, blueprintUploaded,
	dsl.StateFailedUploading, dsl.StateFailedExtracting, dsl.StateFailedParsing, "failed_extracting_to_file_server", dsl.StateInvalid,
}

type blueprint struct {
	id, visibility string
	mainFile       string
	state, err     string
	created        time.Time
	updated        time.Time
	labels         []label
	given          []label // labels that the upload asked for
	upload         *execution
	archive        []byte
	parsed         *dsl.Blueprint // when uploaded
}

// inProgress reports whether the upload goes on.
func (b *blueprint) inProgress() bool {
	switch b.state {
	case blueprintPending, blueprintUploading, blueprintExtracting, blueprintParsing, blueprintValidating:
		return true
	}
	return false
}

func (b *blueprint) failed() bool { return !b.inProgress() && b.state != blueprintUploaded }

var blueprintFields = resource[blueprint]{kind: "Blueprint", fields: append(append([]field[blueprint]{
	{name: "created_at", value: func(b *blueprint) any { return timestamp(b.created) }},
	{name: "id", value: func(b *blueprint) any { return b.id }},
	{name: "visibility", value: func(b *blueprint) any { return b.visibility }},
	{name: "main_file_name", value: func(b *blueprint) any {
		if b.state == blueprintValidating {
			return nil
		}
		return b.mainFile
	}},
	constant[blueprint]("plan_p", nil),
	{name: "plan", value: func(b *blueprint) any {
		if b.parsed == nil {
			return nil
		}
		return b.parsed.Plan
	}},
	{name: "requirements", value: func(b *blueprint) any { return b.fromPlan("requirements") }},
	{name: "updated_at", value: func(b *blueprint) any { return timestamp(b.updated) }},
	{name: "description", value: func(b *blueprint) any { return b.fromPlan("description") }},
	constant[blueprint]("is_hidden", false),
	{name: "state", value: func(b *blueprint) any { return b.state }, enum: blueprintStates},
	{name: "error", value: func(b *blueprint) any { return textOrNull(b.err) }},
	{name: "error_traceback", value: func(b *blueprint) any {
		if b.err == "" {
			return nil
		}
		return "Traceback (most recent call last):\n" + b.err
	}},
}, ownership(func(b *blueprint) string { return b.visibility })...), []field[blueprint]{
	{name: "labels", value: func(b *blueprint) any { return showLabels(b.labels) }, use: shownOnly},
	{name: "upload_execution", value: showUpload, use: shownOnly},
}...)}

func (b *blueprint) fromPlan(key string) any {
	if b.parsed == nil {
		return nil
	}
	return b.parsed.Plan[key]
}

// showUpload is the execution inside a blueprint, with one member more than in a list.
func showUpload(b *blueprint) any {
	shown := executionFields.show(b.upload, nil)
	shown["execution_group_id"] = "[]"
	return shown
}

func listBlueprints(r *request) (*response, error) {
	return list(r, &blueprintFields, r.sim.blueprints.rows)
}

func getBlueprint(r *request) (*response, error) {
	b := r.sim.blueprints.get(r.id())
	if b == nil {
		return nil, notFound("Blueprint", r.id())
	}
	return blueprintFields.answer(r, http.StatusOK, b)
}

func getArchive(r *request) (*response, error) {
	b := r.sim.blueprints.get(r.id())
	if b == nil {
		return nil, notFound("Blueprint", r.id())
	}
	return content(http.StatusOK, "application/octet-stream", b.archive), nil
}

func patchBlueprint(r *request) (*response, error) {
	b := r.sim.blueprints.get(r.id())
	if b == nil {
		return nil, notFound("Blueprint", r.id())
	}
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	labels, err := readLabels(body["labels"])
	if err != nil {
		return nil, err
	}
	if b.state != blueprintUploaded {
		return nil, conflict("Blueprint labels can be created only if the provided blueprint ID is already uploaded")
	}
	if body["labels"] != nil {
		b.labels = r.sim.newLabels(labels)
		b.updated = r.sim.clock.now()
	}
	r.change(b.id)
	return blueprintFields.answer(r, http.StatusOK, b)
}

func setBlueprintVisibility(r *request) (*response, error) {
	b := r.sim.blueprints.get(r.id())
	if b == nil {
		return nil, notFound("Blueprint", r.id())
	}
	wanted, err := readVisibility(r)
	if err != nil {
		return nil, err
	}
	if err := widen(b.id, &b.visibility, wanted); err != nil {
		return nil, err
	}
	r.change(b.id)
	return blueprintFields.answer(r, http.StatusOK, b)
}

// deleteBlueprint refuses while deployments exist, even with force.
func deleteBlueprint(r *request) (*response, error) {
	b := r.sim.blueprints.get(r.id())
	if b == nil {
		return nil, notFound("Blueprint", r.id())
	}
	if b.inProgress() && !r.flag("force") {
		return nil, refuse(http.StatusBadRequest, "invalid_blueprint_error", "Blueprint `%s` is still %s.", b.id, b.state)
	}
	var users []string
	for _, d := range r.sim.deployments.rows {
		if d.blueprintID == b.id {
			users = append(users, d.id)
		}
	}
	if len(users) > 0 {
		return nil, refuse(http.StatusBadRequest, "dependent_exists_error",
			"Can't delete blueprint %s - There exist deployments for this blueprint; Deployments ids: %s", b.id, strings.Join(users, ","))
	}
	r.sim.removeBlueprint(b.id)
	r.change(b.id)
	if !r.sim.profile.has(deletesSilently) {
		return blueprintFields.answer(r, http.StatusOK, b)
	}
	return noContent()
}

// removeBlueprint takes the upload's execution with it.
func (s *Simulator) removeBlueprint(id string) {
	b := s.blueprints.get(id)
	if b == nil {
		return
	}
	b.upload.run = nil
	s.executions.remove(b.upload.id)
	s.blueprints.remove(id)
}
