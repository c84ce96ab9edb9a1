// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// What is wrong with a request is told in the order of the checks, and never with a value of it. Nothing stays of it.
func TestRequestsRefused(t *testing.T) {
	s := openShop(t)
	ready(s, "there")
	before := s.object("there").ResourceVersion
	put := func(members string) string {
		return `{"organization_guid": "o", "space_guid": "s", "service_id": "cellar-id", ` + members + `}`
	}
	const mismatch = "MaintenanceInfoConflict"
	for i, row := range []struct {
		name, method, path, body string
		status                   int
		also                     string
	}{
		{"a form before the async", "PUT", "", `{"service_id": "cellar-id"}`, 400, "plan_id"},
		{"the async before the catalog", "PUT", "", put(`"plan_id": "x"`), 422, "AsyncRequired"},
		{"the async before the parameters", "PUT", "", put(`"plan_id": "small-id"`), 422, "AsyncRequired"},
		{"an unknown service", "PUT", async, strings.Replace(put(`"plan_id": "small-id"`), "cellar-id", "x", 1), 400, "service_id"},
		{"an unknown plan", "PUT", async, put(`"plan_id": "x"`), 400, "plan_id"},
		{"the catalog before the version", "PUT", async, put(`"plan_id": "x", "maintenance_info": {"version": "9.0.0"}`), 400, "plan_id"},
		{"another version", "PUT", async, put(`"plan_id": "small-id", "parameters": {"region": "east"}, "maintenance_info": {"version": "9.0.0"}`), 422, mismatch},
		{"a version of a plan without one", "PUT", async, put(`"plan_id": "free-id", "parameters": {"region": "east"}, "maintenance_info": {"version": "1.0.0"}`), 422, mismatch},
		{"the version before the parameters", "PUT", async, put(`"plan_id": "small-id", "maintenance_info": {"version": "9.0.0"}`), 422, mismatch},
		{"a parameter is missing", "PUT", async, put(`"plan_id": "small-id"`), 400, "region"},
		{"a parameter that the plan fixes", "PUT", async, put(`"plan_id": "small-id", "parameters": {"region": "east", "size": 3}`), 400, "fixed by plan small"},
		{"a parameter that nobody knows", "PUT", async, put(`"plan_id": "small-id", "parameters": {"region": "east", "colour": "s3cret-red"}`), 400, "colour"},
		{"a secret that is too short", "PUT", async, put(`"plan_id": "small-id", "parameters": {"region": "east", "password": "s3cret"}`), 400, "password"},
		{"a secret of another type", "PUT", async, put(`"plan_id": "small-id", "parameters": {"region": "east", "password": ["s3cret"]}`), 400, "password"},
		{"an intrinsic function", "PUT", async, put(`"plan_id": "small-id", "parameters": {"region": {"get_secret": "s3cret"}}`), 400, "region"},
		{"a function that lies deep", "PUT", async, put(`"plan_id": "small-id", "parameters": {"region": "east", "server": {"a": [{"get_capability": ["s3cret"]}]}}`), 400, "server"},
		{"a number that does not fit", "PUT", async, put(`"plan_id": "free-id", "parameters": {"region": "east", "size": 92233720368547758070}`), 400, "number"},
		{"another service", "PATCH", async, `{"service_id": "x"}`, 400, "service_id"},
		{"an update to an unknown plan", "PATCH", async, `{"service_id": "cellar-id", "plan_id": "x"}`, 400, "plan_id"},
		{"an update to another version", "PATCH", async, `{"service_id": "cellar-id", "maintenance_info": {"version": "9.0.0"}}`, 422, mismatch},
		{"an update with wrong parameters", "PATCH", async, `{"service_id": "cellar-id", "parameters": {"region": "s3cret"}}`, 400, "region"},
		{"a deletion without a plan", "DELETE", async + "&service_id=s", "", 400, "plan_id"},
		{"a deletion without a service", "DELETE", async + "&plan_id=p", "", 400, "service_id"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, id := NewWithT(t), fmt.Sprint("r", i)
			if row.method == "PATCH" {
				id = "there"
			}
			a := s.ask(row.method, pathOf(id)+row.path, row.body)
			g.Expect(a.status).To(Equal(row.status), a.raw)
			g.Expect(a.raw).To(ContainSubstring(row.also))
			g.Expect(a.raw).NotTo(ContainSubstring("s3cret"))
		})
	}
	var all v1alpha1.CloudifyDeploymentList
	s.Expect(env.Client.List(t.Context(), &all, client.InNamespace(s.namespace))).To(Succeed())
	s.Expect(all.Items).To(HaveLen(1))
	s.Expect(s.object("there").ResourceVersion).To(Equal(before))
}

// An instance outlives its offering: what is there can be polled, fetched, bound and deleted, whatever the catalog says.
func TestInstancesOutliveTheCatalog(t *testing.T) {
	s := openShop(t)
	withOutputs(s, "x")
	polled := func() any { return s.ask("GET", pathOf("x")+"/last_operation", "").body } // the cache may lag behind, and then it is in progress
	s.authors(func(o *v1alpha1.Offering) { o.Plans = o.Plans[1:] })
	s.Eventually(func() string { return s.ask("GET", "/v2/catalog", "").raw }).WithTimeout(patience).ShouldNot(ContainSubstring("small-id"))
	s.Expect(s.ask("PUT", pathOf("y")+async, putBody(`{"region": "east"}`)).status).To(Equal(400))
	s.Expect(s.ask("PUT", pathOf("x")+async, putBody(`{"region": "east"}`)).status).To(Equal(200), "today's catalog has no say in what exists")
	s.Expect(s.ask("GET", pathOf("x"), "").body).To(HaveKeyWithValue("plan_id", "small-id"))
	s.Eventually(polled).WithTimeout(patience).Should(HaveKeyWithValue("state", "succeeded"))
	s.Expect(s.ask("PUT", bindingOf("x"), shopBindBody).status).To(Equal(201))
	s.Expect(s.ask("DELETE", bindingOf("x")+"?"+hints, "").status).To(Equal(200))
	s.Expect(s.ask("DELETE", pathOf("x")+removal, "").status).To(Equal(202))
	s.releases("x")
	s.Eventually(polled).WithTimeout(patience).Should(HaveKeyWithValue("state", "succeeded"))
	s.Expect(s.ask("DELETE", pathOf("x")+removal, "").raw).To(MatchJSON(`{}`))
}

// IDs are whatever a platform chooses; two that look alike in a path are two.
func TestInstancesOfStrangeIDs(t *testing.T) {
	s := openShop(t)
	for _, id := range []string{"UPPER", "a%2Fb", "a%20b", "%C3%BC", "i-0123456789abcdef0123456789abcdef01234567", strings.Repeat("x", 1024), "a.b", "catalog"} {
		t.Run(fmt.Sprintf("%.40s", id), func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(s.ask("PUT", pathOf(id)+async, putBody(`{"region": "east"}`)).status).To(Equal(202))
			g.Expect(s.ask("GET", pathOf(id)+"/last_operation", "").body).To(HaveKeyWithValue("state", "in progress"))
			g.Expect(s.ask("DELETE", pathOf(id)+removal, "").status).To(Equal(202))
			g.Expect(s.ask("DELETE", pathOf(id)+removal, "").status).To(Equal(202), "the finalizer holds it")
		})
	}
}

// Secret parameters come to the Secret of the instance only, and come back to nobody.
func TestSecretsOverHTTP(t *testing.T) {
	s := openShop(t)
	s.Expect(s.ask("PUT", pathOf("x")+async, putBody(`{"region": "east", "password": "s3cret-p4ss"}`)).status).To(Equal(202))
	s.applies("x")
	s.Expect(s.ask("PUT", pathOf("x")+async, putBody(`{"region": "east", "password": "s3cret-p4ss"}`)).status).To(Equal(200))
	s.Expect(s.ask("PUT", pathOf("x")+async, putBody(`{"region": "east", "password": "s3cret-other"}`)).status).To(Equal(409))
	s.Expect(s.ask("GET", pathOf("x"), "").body).To(HaveKeyWithValue("parameters", Equal(map[string]any{"region": "east"})))
	s.Expect(fmt.Sprintf("%+v", s.object("x"))).NotTo(ContainSubstring("s3cret"))
	s.Expect(s.ask("GET", "/v2/catalog", "").raw).To(ContainSubstring(`"format":"password"`))
}
