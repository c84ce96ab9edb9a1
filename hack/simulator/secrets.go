// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"time"
)

type secret struct {
	key, visibility  string
	value            any
	schema           any
	hidden           bool
	created, updated time.Time
}

var secretFields = resource[secret]{kind: "Secret", fields: append([]field[secret]{
	{name: "created_at", value: func(s *secret) any { return timestamp(s.created) }},
	{name: "visibility", value: func(s *secret) any { return s.visibility }},
	{name: "value", value: func(s *secret) any { return s.value }},
	{name: "updated_at", value: func(s *secret) any { return timestamp(s.updated) }},
	{name: "is_hidden_value", value: func(s *secret) any { return s.hidden }},
	{name: "schema", value: func(s *secret) any { return s.schema }},
	constant[secret]("provider_options", nil),
	{name: "key", value: func(s *secret) any { return s.key }},
	constant[secret]("provider_name", nil),
}, ownership(func(s *secret) string { return s.visibility })...)}

// listedSecretFields is what a list shows: no values.
var listedSecretFields = resource[secret]{kind: "Secret", fields: func() []field[secret] {
	var listed []field[secret]
	for _, f := range secretFields.fields {
		switch f.name {
		case "value", "schema", "provider_options", "private_resource":
		default:
			listed = append(listed, f)
		}
	}
	return listed
}()}

func listSecrets(r *request) (*response, error) {
	return list(r, &listedSecretFields, r.sim.secrets.rows)
}

func getSecret(r *request) (*response, error) {
	s := r.sim.secrets.get(r.id())
	if s == nil {
		return nil, notFound("Secret", r.id())
	}
	return secretFields.answer(r, http.StatusOK, s)
}

func putSecret(r *request) (*response, error) {
	if err := checkLetterID("key", r.id()); err != nil {
		return nil, err
	}
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	if body["value"] == nil || body["value"] == "" {
		return nil, badParameters("Missing value in json request body")
	}
	update, err := body.flag("update_if_exists")
	if err != nil {
		return nil, err
	}
	if s := r.sim.secrets.get(r.id()); s != nil {
		if !update {
			return nil, alreadyExists("Secret", r.id())
		}
		return changeSecret(r, s, body)
	}
	return changeSecret(r, r.sim.newSecret(r.id()), body)
}

func (s *Simulator) newSecret(key string) *secret {
	row := &secret{key: key, visibility: "tenant", created: s.stamp()}
	row.updated = row.created
	s.secrets.add(key, row)
	return row
}

func patchSecret(r *request) (*response, error) {
	s := r.sim.secrets.get(r.id())
	if s == nil {
		return nil, notFound("Secret", r.id())
	}
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, illegalAction("Update a secret request must include at least one parameter to update")
	}
	return changeSecret(r, s, body)
}

// changeSecret answers with the value as it is stored, which is not the value.
func changeSecret(r *request, s *secret, body object) (*response, error) {
	if value, ok := body["value"]; ok {
		s.value = value
	}
	if schema, ok := body["schema"]; ok {
		s.schema = schema
	}
	if hidden, ok := body["is_hidden_value"].(bool); ok {
		s.hidden = hidden
	}
	if visibility, ok := body["visibility"].(string); ok {
		s.visibility = visibility
	}
	s.updated = r.sim.clock.now()
	r.change(s.key)
	shown := secretFields.show(s, nil)
	shown["value"] = "gAAAAAB" + r.sim.word(93, alphanumeric)
	return answer(http.StatusOK, shown)
}

func deleteSecret(r *request) (*response, error) {
	if r.sim.secrets.get(r.id()) == nil {
		return nil, notFound("Secret", r.id())
	}
	r.sim.secrets.remove(r.id())
	r.change(r.id())
	return noContent()
}
