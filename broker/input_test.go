// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// A body that is not what it should be is refused, in words that do not repeat it, and never reaches the service.
func TestMalformedBodies(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 101) + "1" + strings.Repeat("}", 101)
	for name, row := range map[string]struct{ body, want string }{
		"empty":               {"", "empty"},
		"spaces":              {" \n ", "empty"},
		"no JSON":             {"hunter2", "not JSON"},
		"truncated":           {`{"service_id": "s"`, "not JSON"},
		"trailing":            {provisionBody + "}", "not JSON"},
		"two objects":         {provisionBody + provisionBody, "not JSON"},
		"a list":              {`[]`, "not a JSON object"},
		"null":                {`null`, "not a JSON object"},
		"a string":            {`"hunter2"`, "not a JSON object"},
		"UTF-8":               {`{"service_id": "` + "\xff" + `"}`, "UTF-8"},
		"deep":                {strings.Repeat("[", 20000), "not JSON"},
		"deep parameters":     {`{"parameters": ` + deep + `}`, "more than 100"},
		"deep closed":         {`{"parameters": ` + strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000) + `}`, "more than 100"},
		"large":               {`{"x": "` + strings.Repeat("hunter2", 40000) + `"}`, "larger than 262144 bytes"},
		"service_id":          {`{"service_id": 5}`, "service_id is not a string"},
		"plan_id":             {`{"plan_id": {}}`, "plan_id is not a string"},
		"context":             {`{"context": "hunter2"}`, "context is not an object"},
		"parameters":          {`{"parameters": ["hunter2"]}`, "parameters is not an object"},
		"a large integer":     {`{"parameters": {"a": [12345678901234567890]}}`, "too large"},
		"a large float":       {`{"parameters": {"a": 1e400}}`, "too large"},
		"too many parameters": {`{"service_id": "s", "plan_id": "p", "organization_guid": "o", "space_guid": "g", "parameters": {` + many(257) + `}}`, "more than 256"},
	} {
		for _, q := range []question{{"PUT", instanceURL, ""}, {"PATCH", instanceURL, ""}, {"PUT", bindingURL, ""}} {
			g := NewWithT(t)
			f := &fake{}
			a := newPlatform(t, openEndpoint(f)).ask(q.method, q.path, row.body)
			g.Expect(a.status).To(Equal(400), "%s: %s %s", name, q.method, q.path)
			g.Expect(a.body).To(HaveKeyWithValue("description", ContainSubstring(row.want)), name)
			g.Expect(a.raw).NotTo(ContainSubstring("hunter2"))
			g.Expect(f.last()).To(BeNil())
		}
	}
}

func many(n int) string {
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf(`"p%d": %d`, i, i)
	}
	return strings.Join(members, ",")
}

// What must be there must be there, and not empty.
func TestMandatoryMembers(t *testing.T) {
	all := []string{"service_id", "plan_id", "organization_guid", "space_guid"}
	for _, row := range []struct {
		method, path string
		members      []string
	}{{"PUT", instanceURL, all}, {"PATCH", instanceURL, all[:1]}, {"PUT", bindingURL, all[:2]}} {
		for _, missing := range row.members {
			for _, value := range []string{"", "null", `""`} {
				var members []string
				for _, name := range row.members {
					if name != missing {
						members = append(members, fmt.Sprintf("%q: %q", name, "x"))
					} else if value != "" {
						members = append(members, fmt.Sprintf("%q: %s", name, value))
					}
				}
				g := NewWithT(t)
				a := newPlatform(t, openEndpoint(&fake{})).ask(row.method, row.path+"?accepts_incomplete=true", "{"+strings.Join(members, ",")+"}")
				g.Expect(a.status).To(Equal(400))
				g.Expect(a.body).To(HaveKeyWithValue("description", missing+" is missing or empty"))
			}
		}
	}
	for _, path := range []string{instanceURL, bindingURL} {
		for _, query := range []string{"", "?service_id=s", "?plan_id=p", "?service_id=&plan_id=p", "?service_id=s&plan_id=", "?service_id=%zz&plan_id=p"} {
			f := &fake{}
			g := NewWithT(t)
			g.Expect(newPlatform(t, openEndpoint(f)).ask("DELETE", path+query, "").status).To(Equal(400), path+query)
			g.Expect(f.last()).To(BeNil())
		}
	}
}

// Names count to the letter, unknown ones not at all, and of two the last.
func TestMembers(t *testing.T) {
	p := newPlatform(t, openEndpoint(&fake{}))
	for body, status := range map[string]int{
		`{"service_id": "s", "SERVICE_ID": 5, "Parameters": 7, "x": {"y": [1e999]}}`: 200,
		`{"SERVICE_ID": "s"}`:                          400,
		`{"service_id": 5, "service_id": "s"}`:         200,
		`{"service_id": "s", "service_id": 5}`:         400,
		`{"service_id": "\ud800"}`:                     200,
		`{"service_id": "s", "context": {"n": 1e999}}`: 200, // opaque
	} {
		NewWithT(t).Expect(p.ask("PATCH", instanceURL, body).status).To(Equal(status), body)
	}
}

// Every ID that can be written in a path is taken as it is, but for those that nobody can mean.
func TestIDs(t *testing.T) {
	for escaped, id := range map[string]string{
		"plain": "plain", "7B1a.x_~": "7B1a.x_~", "a%2Fb": "a/b", "a%20b": "a b", "a+b": "a+b", "%C3%A9": "é", "%E2%82%AC": "€", "%253F": "%3F",
		"..a": "..a", "...": "...", "%3Cscript%3E": "<script>", strings.Repeat("a", 1024): strings.Repeat("a", 1024),
	} {
		f := &fake{}
		NewWithT(t).Expect(newPlatform(t, openEndpoint(f)).ask("GET", "/v2/service_instances/"+escaped, "").status).To(Equal(200), escaped)
		NewWithT(t).Expect(f.last()).To(Equal(id))
	}
	for _, bad := range []string{"", ".", "..", "%2e", "%2E%2E", "%00", "a%0Ab", "%7F", "%C2%85", "%ff", "%C3", strings.Repeat("a", 1025), strings.Repeat("%C3%A9", 513)} {
		for _, path := range []string{"/v2/service_instances/%s", "/v2/service_instances/%s/last_operation",
			"/v2/service_instances/%s/service_bindings/b", "/v2/service_instances/%s/service_bindings/b/last_operation",
			"/v2/service_instances/i/service_bindings/%s", "/v2/service_instances/i/service_bindings/%s/last_operation"} {
			f := &fake{}
			a := newPlatform(t, openEndpoint(f)).ask("GET", fmt.Sprintf(path, bad), "")
			NewWithT(t).Expect(a.status).To(Equal(400), path, bad)
			NewWithT(t).Expect(f.last()).To(BeNil())
		}
		for _, q := range questions[1:] {
			path := strings.Replace(q.path, "/i1", "/"+bad, 1)
			NewWithT(t).Expect(newPlatform(t, openEndpoint(&fake{})).ask(q.method, path, q.body).status).To(Equal(400), "%s %s", q.method, path)
		}
	}
}

// A poll names its operation in whatever way a query can be written.
func TestOperationOf(t *testing.T) {
	for _, query := range []string{
		"", "operation", "operation=", "operation=provision.u.1", "service_id=s&operation=a&operation=b", "operation=a=b", "operations=x&operation=y",
		"operation=a%20b", "%6fperation=x", "operation=%zz", "operation=a+b", "a;operation=x", "operation=x;y&operation=z", "&&operation=x&", "Operation=x",
	} {
		r := httptest.NewRequest("GET", "/v2/service_instances/i/last_operation?"+query, nil)
		NewWithT(t).Expect(operationOf(r)).To(Equal(r.URL.Query().Get("operation")), query)
	}
}
