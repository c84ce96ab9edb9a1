// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// Whatever is sent, the endpoint answers with a JSON object, and never blames itself.
func FuzzRequest(f *testing.F) {
	for _, q := range questions {
		f.Add(q.method, q.path, q.body, "kubernetes e30=", "2.14")
	}
	f.Add("PUT", "/v2/service_instances/a%2Fb/service_bindings/%2e%2e", bindBody, "x", "2.17")
	f.Add("GET", "/v2//service_instances/../x", "", "", "")
	f.Add("DELETE", instanceURL+"?service_id=%zz&plan_id=;", "{", "\xff", "2.x")
	h := openEndpoint(&fake{}).handler()
	f.Fuzz(func(t *testing.T, method, target, body, identity, version string) {
		location, err := url.ParseRequestURI(target)
		if err != nil || location.Host != "" || !strings.HasPrefix(target, "/") {
			return // net/http does not let it through
		}
		r := &http.Request{Method: method, URL: location, RequestURI: target, Host: "osb", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{}, Body: http.NoBody}
		if body != "" {
			r = httptest.NewRequest(http.MethodPut, "/", strings.NewReader(body))
			r.Method, r.URL, r.RequestURI = method, location, target
		}
		r.Header.Set(osb.VersionHeader, version)
		r.Header.Set(osb.IdentityHeader, identity)
		r.Header.Set(osb.RequestIdentityHeader, identity)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code < 200 || w.Code/100 == 3 {
			t.Errorf("%s %s is answered %d: %s", method, target, w.Code, w.Body)
		}
		var object map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &object); err != nil || object == nil {
			t.Errorf("%s %s is answered %q", method, target, w.Body)
		}
	})
}
