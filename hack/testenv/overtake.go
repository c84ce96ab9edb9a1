// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Overtake takes an object away at once, whatever finalizers it has, as a DELETE does that the API server decided on before
// they came. Watches see it go. etcd is asked for it, behind the API server's back.
func (e *Environment) Overtake(tb testing.TB, o client.Object) {
	tb.Helper()
	kind, err := apiutil.GVKForObject(o, e.Scheme)
	if err != nil {
		tb.Fatalf("testenv: %v", err)
	}
	key := strings.Join([]string{"/registry", kind.Group, strings.ToLower(kind.Kind) + "s", o.GetNamespace(), o.GetName()}, "/")
	body, err := json.Marshal(map[string][]byte{"key": []byte(strings.ReplaceAll(key, "//", "/"))})
	if err != nil {
		tb.Fatalf("testenv: %v", err)
	}
	url := e.control.ControlPlane.Etcd.URL.JoinPath("/v3/kv/deleterange")
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url.String(), bytes.NewReader(body))
	if err != nil {
		tb.Fatalf("testenv: %v", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatalf("testenv: delete %s from etcd: %v", key, err)
	}
	defer func() { _ = answer.Body.Close() }()
	var gone struct {
		Deleted string `json:"deleted"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&gone); err != nil || gone.Deleted != "1" {
		tb.Fatalf("testenv: etcd (%s) deleted %q objects of the key %s: %v", answer.Status, gone.Deleted, key, err)
	}
}
