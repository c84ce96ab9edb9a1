// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// uploadBlueprint adds a row, which stays whatever becomes of it, and lets a workflow read the
// archive. Unless told not to, it waits for that and answers its failure.
func uploadBlueprint(r *request) (*response, error) {
	s := r.sim
	if err := s.profile.checkBlueprintID(r.id()); err != nil {
		return nil, err
	}
	ask, err := readUpload(r)
	if err != nil {
		return nil, err
	}
	if old := s.blueprints.get(r.id()); old != nil && !old.failed() {
		if r.racer.misses(0, old) {
			return nil, internalError() // of the database, which has a row of that ID
		}
		return nil, conflict("blueprint with id=%s already exists on tenant %s or with global visibility", r.id(), tenantName)
	}
	if !s.profile.has(storesUploads) {
		return uploadWithin(r, ask)
	}
	b := s.newBlueprint(r.id(), ask)
	r.racer.wrote(b)
	r.change(b.id)
	if ask.url == "" {
		if err := receive(b); err != nil {
			return nil, err
		}
	}
	s.dispatch(b.upload, s.readArchive(b, ask.url))
	if ask.async {
		return blueprintFields.answer(r, http.StatusCreated, b)
	}
	if !s.await(b.upload.final) {
		return nil, internalError()
	}
	if b.failed() {
		return nil, b.refusal()
	}
	return blueprintFields.answer(r, http.StatusCreated, b)
}

func (b *blueprint) refusal() error {
	return refuse(http.StatusBadRequest, "invalid_blueprint_error", "Blueprint `%s` %s. Error: %s", b.id, failedStates[b.state], b.err)
}

// uploadWithin reads the archive within the request. There is a row only of what was read well, and
// no execution.
func uploadWithin(r *request, ask upload) (*response, error) {
	s := r.sim
	b := &blueprint{
		id: r.id(), visibility: ask.visibility, mainFile: ask.mainFile, state: blueprintUploading, created: s.stamp(), archive: ask.archive,
	}
	b.upload = s.newExecution(nil, workflowUpload, nil)
	if ask.url == "" {
		if err := receive(b); err != nil {
			return nil, err
		}
	}
	s.dispatch(b.upload, s.readArchive(b, ask.url))
	finished := s.await(b.upload.final)
	s.events = slices.DeleteFunc(s.events, func(ev *event) bool { return ev.execution == b.upload })
	switch {
	case !finished:
		return nil, internalError()
	case b.failed():
		return nil, b.refusal()
	case s.blueprints.get(b.id) != nil: // another upload was faster
		return nil, alreadyExists("Blueprint", b.id)
	}
	s.blueprints.add(b.id, b)
	r.change(b.id)
	return blueprintFields.answer(r, http.StatusCreated, b)
}

var failedStates = map[string]string{
	dsl.StateFailedUploading:  "has failed uploading",
	dsl.StateFailedExtracting: "has failed extracting",
	dsl.StateFailedParsing:    "has failed parsing",
	dsl.StateInvalid:          "is invalid",
}

// newBlueprint adds a row in the place of one that failed.
func (s *Simulator) newBlueprint(id string, ask upload) *blueprint {
	s.removeBlueprint(id)
	b := &blueprint{
		id: id, visibility: ask.visibility, mainFile: ask.mainFile, state: blueprintUploading, created: s.stamp(),
		given: ask.labels, archive: ask.archive,
	}
	if ask.url != "" {
		b.state = blueprintPending
	}
	b.updated = b.created
	labels := []any{}
	for _, l := range ask.labels {
		labels = append(labels, map[string]any{"key": l.key, "value": l.value})
	}
	b.upload = s.newUpload(b, ask.url, false, labels)
	s.blueprints.add(id, b)
	return b
}

func (s *Simulator) newUpload(b *blueprint, url string, validateOnly bool, labels any) *execution {
	e := s.newExecution(nil, workflowUpload, map[string]any{
		"blueprint_id": b.id, "app_file_name": b.mainFile, "url": textOrNull(url), "file_server_root": "/opt/manager/resources",
		"marketplace_api_url": "https://marketplace.cloudify.co", "validate_only": validateOnly, "labels": labels,
	})
	e.allowCustom = true
	s.record(e, statusPending)
	return e
}

// receive is what happens to an archive within the request: one that is none fails at once, and
// the upload that was to read it stays pending.
func receive(b *blueprint) error {
	if len(b.archive) == 0 {
		b.fail(&dsl.Error{State: dsl.StateFailedUploading, Message: "[Errno 2] No such file or directory: '/opt/manager/resources/uploaded-blueprints'"})
		return internalError()
	}
	_, err := dsl.Unpack(b.archive)
	if refusal, ok := errors.AsType[*dsl.Error](err); ok && refusal.State == dsl.StateFailedUploading {
		b.fail(refusal)
		return badParameters("%s", refusal.Message)
	}
	return nil
}

func (b *blueprint) fail(err *dsl.Error) { b.state, b.err = err.State, err.Message }

// readArchive is the plan of an upload_blueprint.
func (s *Simulator) readArchive(b *blueprint, url string) func(*run) error {
	return func(r *run) error {
		if url != "" {
			s.fetch(r, b, url)
		}
		var parsed *dsl.Blueprint
		var invalid error
		enter := func(state string, do func() error) func() error {
			return func() error {
				b.state = state
				err := do()
				if refusal, ok := errors.AsType[*dsl.Error](err); ok {
					b.fail(refusal)
					return errors.New(refusal.Message)
				}
				return err
			}
		}
		r.then(r.sim.worker.task, enter(blueprintExtracting, func() error { return nil }))
		r.then(r.sim.worker.task, enter(blueprintExtracting, func() error {
			archive, err := dsl.Unpack(b.archive)
			if err != nil {
				return err
			}
			parsed, invalid = s.parse(archive, b.mainFile)
			if refusal, ok := errors.AsType[*dsl.Error](invalid); ok && refusal.State == dsl.StateFailedExtracting {
				return refusal
			}
			b.mainFile = mainFileOf(archive, b.mainFile)
			return nil
		}))
		r.then(0, enter(blueprintParsing, func() error { return nil }))
		r.then(4*r.sim.worker.task, enter(blueprintParsing, func() error {
			if r.injected != "" {
				return &dsl.Error{State: dsl.StateFailedParsing, Message: r.injected}
			}
			if invalid != nil {
				return invalid
			}
			return s.accept(b, parsed)
		}))
		return nil
	}
}

// mainFileOf is the main file that an archive is read from; if it is not there, reading says so.
func mainFileOf(archive *dsl.Archive, asked string) string {
	if _, ok := archive.Files()[defaultMainFile]; asked == "" && ok {
		return defaultMainFile
	}
	return asked
}

const defaultMainFile = "blueprint.yaml"

// accept ends an upload well.
func (s *Simulator) accept(b *blueprint, parsed *dsl.Blueprint) error {
	for key, values := range parsed.BlueprintLabels {
		for _, value := range values {
			l, err := checkLabel(key, fmt.Sprint(value))
			if err != nil {
				return &dsl.Error{State: dsl.StateInvalid, Message: err.Error()}
			}
			b.labels = s.addLabels(b.labels, []label{l})
		}
	}
	b.labels = s.addLabels(b.labels, b.given)
	b.parsed, b.state, b.updated = parsed, blueprintUploaded, s.clock.now()
	return nil
}

// validateBlueprint parses in a row that is gone when it is done.
func validateBlueprint(r *request) (*response, error) {
	s := r.sim
	if err := s.profile.checkBlueprintID(r.id()); err != nil {
		return nil, err
	}
	ask, err := readUpload(r)
	if err != nil {
		return nil, err
	}
	if s.blueprints.get(r.id()) != nil {
		return nil, alreadyExists("Blueprint", r.id())
	}
	b := &blueprint{id: r.id(), visibility: ask.visibility, mainFile: ask.mainFile, state: blueprintValidating, created: s.stamp(), archive: ask.archive}
	b.upload = s.newUpload(b, "", true, nil)
	s.blueprints.add(b.id, b)
	r.change(b.id)
	s.dispatch(b.upload, func(run *run) error {
		run.then(4*r.sim.worker.task, func() error {
			s.blueprints.remove(b.id)
			archive, err := dsl.Unpack(b.archive)
			if err == nil {
				_, err = s.parse(archive, ask.mainFile)
			}
			return err
		})
		return nil
	})
	return blueprintFields.answer(r, http.StatusCreated, b)
}
