// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package osb

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"
)

// Whatever a body is, it is read, or refused with a reason that people can read.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		`{"service_id": "s", "plan_id": "p", "organization_guid": "o", "space_guid": "g", "parameters": {"a": [1, 2.5e3, null]}}`,
		`{"parameters": {"a": 12345678901234567890}}`, `{"maintenance_info": {"version": 1}}`, `{"context": [`, `[{}]`, "\xff", `{"a":1}{"a":2}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		provision, update, bind := &ProvisionRequest{InstanceID: "i"}, &UpdateRequest{InstanceID: "i"}, &BindRequest{InstanceID: "i", BindingID: "b"}
		for _, request := range []interface {
			Decode([]byte) error
			Validate() error
		}{provision, update, bind} {
			err := request.Decode(body)
			if err == nil {
				err = request.Validate()
			}
			wantReason(t, err)
		}
		if err := update.Decode(body); err == nil {
			for name, value := range update.Parameters {
				if !json.Valid(value) {
					t.Errorf("parameter %q has the value %q", name, value)
				}
			}
		}
	})
}

// An ID is accepted or refused, and one that is accepted can be shown and kept.
func FuzzID(f *testing.F) {
	for _, id := range []string{"7b1a", "a/b", "..", "a\x00", "\xff", "é", " "} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		err := ValidateIDs(id, id)
		wantReason(t, err)
		if err == nil && (id == "" || len(id) > maxID || !utf8.ValidString(id)) {
			t.Errorf("%q is accepted", id)
		}
	})
}

// An originating identity is a platform and a JSON object, or nothing.
func FuzzIdentity(f *testing.F) {
	encode := base64.StdEncoding.EncodeToString
	for _, header := range []string{
		"kubernetes " + encode([]byte(`{"username": "ann"}`)), "cloudfoundry " + encode([]byte("{\r\n\"user_id\": \"x\"}")),
		"kubernetes", "kubernetes %", " " + encode([]byte(`[]`)), "\x00 " + encode([]byte(`{}`)),
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		identity, err := ParseIdentity(header)
		wantReason(t, err)
		if identity == nil {
			return
		}
		var object map[string]any
		if identity.Platform == "" || json.Unmarshal(identity.Value, &object) != nil || object == nil {
			t.Errorf("%q is read as %q %q", header, identity.Platform, identity.Value)
		}
	})
}

// Whatever identity a request has, what is sent back and logged is short and printable.
func FuzzRequestIdentity(f *testing.F) {
	for _, header := range []string{"7d5e0b3c", "a\r\nSet-Cookie: x", "\xff\xfe", "  "} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		id := RequestIdentity(header)
		if len(id) > 256 || !utf8.ValidString(id) || RequestIdentity(id) != id {
			t.Errorf("%q becomes %q", header, id)
		}
		SupportsVersion(header)
	})
}

func wantReason(t *testing.T, err error) {
	t.Helper()
	var malformed *MalformedError
	if err != nil && (!errors.As(err, &malformed) || malformed.Reason == "" || !utf8.ValidString(malformed.Reason)) {
		t.Errorf("the error is %#v", err)
	}
}
