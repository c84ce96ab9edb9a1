// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

const shopBindBody = `{"service_id": "cellar-id", "plan_id": "small-id", "parameters": {"role": "reader"}}`

func withOutputs(s *shop, id string) {
	ready(s, id)
	s.publishes(id, map[string]any{"host": "10.0.0.1", "port": 5432, "password": "<&>"})
}

func boundInstance(s *shop, id string) {
	withOutputs(s, id)
	s.Expect(s.ask("PUT", bindingOf(id), shopBindBody).status).To(Equal(201))
}

func bindRunning(s *shop, id string) {
	ready(s, id)
	s.Expect(s.ask("PUT", bindingOf(id)+async, shopBindBody).status).To(Equal(202))
}

func unbound(s *shop, id string) {
	boundInstance(s, id)
	s.Expect(s.ask("DELETE", bindingOf(id)+"?"+hints, "").status).To(Equal(200))
}

// What each request for a binding meets. Only the bind of what has no outputs yet takes time, and only where that is accepted.
func TestBindingMeets(t *testing.T) {
	s := openShop(t)
	s.authors(func(o *v1alpha1.Offering) { o.Binding = &v1alpha1.BindingTemplate{Rotatable: true} })
	const (
		given     = `"credentials":{"host":"10.0.0.1","password":"<&>","port":5432}`
		bindToken = `"operation":"bind.`
		other     = `{"service_id": "cellar-id", "plan_id": "small-id", "parameters": {"role": "writer"}}`
		poll      = "/last_operation"
	)
	for i, row := range []struct {
		name, method, path, body string
		state                    state
		status                   int
		also                     string
	}{
		{"PUT, no instance", "PUT", async, shopBindBody, nothing, 404, `"description"`},
		{"PUT, being made", "PUT", async, shopBindBody, beingMade, 422, conflict},
		{"PUT, being deleted", "PUT", async, shopBindBody, deletingInstance, 422, conflict},
		{"PUT, by hand", "PUT", async, shopBindBody, byHand, 404, `"description"`},
		{"PUT", "PUT", "", shopBindBody, withOutputs, 201, given},
		{"PUT, async and fast", "PUT", async, shopBindBody, withOutputs, 201, given},
		{"PUT, no outputs yet", "PUT", async, shopBindBody, ready, 202, bindToken},
		{"PUT same, running", "PUT", async, shopBindBody, bindRunning, 202, bindToken},
		{"PUT other, running", "PUT", async, other, bindRunning, 409, `"description"`},
		{"PUT same", "PUT", "", shopBindBody, boundInstance, 200, given},
		{"PUT other", "PUT", "", other, boundInstance, 409, `"description"`},
		{"PUT again after DELETE", "PUT", "", other, unbound, 201, given},
		{"PUT, another service", "PUT", "", `{"service_id": "x", "plan_id": "small-id"}`, withOutputs, 400, `"description"`},
		{"PUT, an unknown plan", "PUT", "", `{"service_id": "cellar-id", "plan_id": "x"}`, withOutputs, 400, `"description"`},
		{"PUT, while an update runs", "PUT", async, shopBindBody, updating, 202, bindToken},
		{"PUT of a successor", "PUT", "2", `{"predecessor_binding_id": "b"}`, boundInstance, 201, given},
		{"PUT of a successor of nothing", "PUT", "2", `{"predecessor_binding_id": "c"}`, boundInstance, 400, "predecessor_binding_id"},
		{"GET, nothing", "GET", "", "", ready, 404, `"description"`},
		{"GET, no instance", "GET", "", "", nothing, 404, `"description"`},
		{"GET, running", "GET", "", "", bindRunning, 404, `"description"`},
		{"GET", "GET", "?service_id=x&plan_id=y", "", boundInstance, 200, given + `,"parameters":{"role":"reader"}`},
		{"GET, unbound", "GET", "", "", unbound, 404, `"description"`},
		{"DELETE, nothing", "DELETE", "?" + hints, "", ready, 410, `{}`},
		{"DELETE, no instance", "DELETE", "?" + hints, "", nothing, 410, `{}`},
		{"DELETE", "DELETE", "?" + hints, "", boundInstance, 200, `{}`},
		{"DELETE, async", "DELETE", removal, "", boundInstance, 200, `{}`},
		{"DELETE, running", "DELETE", removal, "", bindRunning, 200, `{}`},
		{"DELETE, unbound", "DELETE", "?" + hints, "", unbound, 410, `{}`},
		{"poll, nothing", "GET", poll, "", ready, 404, `"description"`},
		{"poll, running", "GET", poll, "", bindRunning, 200, `"state":"in progress"`},
		{"poll", "GET", poll, "", boundInstance, 200, `"state":"succeeded"`},
		{"poll, a word", "GET", poll + "?operation=bind", "", boundInstance, 200, `"state":"succeeded"`},
		{"poll, somebody else's", "GET", poll + "?operation=bind.5c9ee825-bee8-4fd0-93b1-b6dfecf6dfee.1", "", boundInstance, 200, `"state":"failed"`},
		{"poll, unbound", "GET", poll, "", unbound, 200, `"state":"succeeded"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, id := NewWithT(t), fmt.Sprint("b", i)
			row.state(s, id)
			a := s.ask(row.method, bindingOf(id)+row.path, row.body)
			g.Expect(a.status).To(Equal(row.status), a.raw)
			g.Expect(a.raw).To(ContainSubstring(row.also))
			if a.status == 202 {
				g.Expect(a.body).NotTo(HaveKey("credentials"))
			}
			g.Expect(a.header.Get("Cache-Control")).To(Equal("no-store"))
		})
	}
}
