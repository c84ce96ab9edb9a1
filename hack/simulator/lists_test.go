// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func (c caller) ids(path string) []string {
	ids := []string{}
	for _, item := range c.ok("GET", path, "")["items"].([]any) {
		ids = append(ids, item.(map[string]any)["id"].(string))
	}
	return ids
}

// TestAThousandDeployments keeps what a poller asks every few seconds cheap.
func TestAThousandDeployments(t *testing.T) {
	c := withCellar(t, nil)
	for i := range 1000 {
		id := fmt.Sprintf("many-%04d", i)
		c.Expect(c.sim.AddDeployment(id, "cellar", map[string]any{"name": "n"}, nil)).To(Succeed())
		c.sim.Install(id)
	}
	begin := time.Now()
	for range 10 {
		c.Expect(c.ids("deployments?_include=id,blueprint_id,installation_status,latest_execution&_size=1000&_sort=id")).To(HaveLen(1000))
		c.Expect(c.ids("executions?status=pending&status=started&_include=id&_size=1000")).To(BeEmpty())
	}
	c.Expect(time.Since(begin)).To(BeNumerically("<", 5*time.Second))
	c.Expect(c.ids("deployments?_size=1000&_offset=1000&_include=id&_sort=-id")).To(Equal([]string{"d"}))
}

func TestListsAreStrict(t *testing.T) {
	c := withCellar(t, nil)
	c.refused(http.StatusInternalServerError, "internal_server_error", "GET", "executions?status=nosuch", "")
	c.refused(http.StatusInternalServerError, "internal_server_error", "GET", "deployments?installation_status=nosuch", "")
	c.refused(http.StatusBadRequest, "bad_parameters_error", "GET", "deployments?nosuch=1", "")
	c.refused(http.StatusBadRequest, "bad_parameters_error", "GET", "deployments?_sort=nosuch", "")
	c.refused(http.StatusBadRequest, "no_such_include_field_error", "GET", "executions?_include=nosuch", "")
	status, _ := c.send("GET", "nosuch", "")
	c.Expect(status).To(Equal(http.StatusNotFound))
	status, _ = c.send("GET", "deployments/", "")
	c.Expect(status).To(Equal(http.StatusNotFound))
}

func TestFilters(t *testing.T) {
	c := withCellar(t, nil)
	c.Expect(c.sim.AddDeployment("e", "cellar", map[string]any{"name": "n"}, map[string][]string{"team": {"red", "blue"}})).To(Succeed())
	c.sim.Install("e")
	c.Expect(c.ids("deployments?installation_status=active")).To(Equal([]string{"e"}))
	c.Expect(c.ids("deployments?latest_execution_status=terminated")).To(Equal([]string{"d", "e"}), "by the raw status")
	c.Expect(c.ids("deployments?id=d&id=e&_sort=-created_at")).To(Equal([]string{"e", "d"}))
	searched := c.ok("POST", "searches/deployments?_include=id",
		`{"filter_rules": [{"key": "team", "values": ["red"], "operator": "any_of", "type": "label"}]}`)
	c.Expect(searched["items"]).To(ConsistOf(HaveKeyWithValue("id", "e")))
	c.Expect(searched["metadata"]).To(HaveKeyWithValue("filtered", BeNumerically("==", 1)))

	c.ok("PUT", "deployments/f?async_create=true", `{"blueprint_id": "cellar", "inputs": {"name": "n"}}`)
	c.Expect(c.ok("GET", "deployments/f", "")).To(HaveKeyWithValue("installation_status", "inactive"))
	c.Expect(c.ids("deployments?installation_status=inactive")).To(Equal([]string{"d"}), "what is not set yet is shown, not found")
}

func TestNewestFirstWhileTheClockStandsStill(t *testing.T) {
	c := withCellar(t, nil)
	first := c.start("d", "install", "")
	second := c.start("d", "install", `, "force": true`)
	c.Expect(c.ids("executions?deployment_id=d&_sort=-created_at&_size=2")).To(Equal([]string{second, first}))
}
