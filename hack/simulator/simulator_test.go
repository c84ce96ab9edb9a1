// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestWholeLife(t *testing.T) {
	c := newCaller(t, Options{})
	c.ok("PUT", "blueprints/cellar?async_upload=true", string(Zip(cellar)))
	c.Expect(c.ok("GET", "blueprints/cellar?_include=state", "")).To(HaveKeyWithValue("state", "uploading"))
	c.sim.Step(5 * time.Second)
	c.Expect(c.ok("GET", "blueprints/cellar?_include=state", "")).To(HaveKeyWithValue("state", "uploaded"))

	c.ok("PUT", "deployments/d?async_create=true", `{"blueprint_id": "cellar", "inputs": {"name": "host"}}`)
	c.sim.Step(5 * time.Second)
	e := c.ok("POST", "executions", `{"deployment_id": "d", "workflow_id": "install"}`)
	c.Expect(e["status"]).To(Equal("pending"))
	c.sim.Step(time.Second)
	c.Expect(c.ok("GET", "executions/"+e["id"].(string), "")["status"]).To(Equal("started"))
	c.sim.Step(10 * time.Second)
	c.Expect(c.ok("GET", "executions/"+e["id"].(string), "")["status"]).To(Equal("terminated"))
	c.Expect(c.ok("GET", "deployments/d/capabilities", "")["capabilities"]).To(HaveKeyWithValue("url", "http://host:8080"))
	d, _ := c.sim.Deployment("d")
	c.Expect(d.Installed()).To(BeTrue())
	c.Expect(d.Status).To(Equal("good"))

	status, refused := c.send("DELETE", "deployments/d", "")
	c.Expect(status).To(Equal(http.StatusBadRequest))
	c.Expect(refused["error_code"]).To(Equal("dependent_exists_error"))
	c.ok("POST", "executions", `{"deployment_id": "d", "workflow_id": "uninstall"}`)
	c.sim.Step(10 * time.Second)
	c.ok("DELETE", "deployments/d", "")
	c.sim.Step(10 * time.Second)
	status, _ = c.send("GET", "deployments/d", "")
	c.Expect(status).To(Equal(http.StatusNotFound))
	c.ok("DELETE", "blueprints/cellar", "")
	c.Expect(c.sim.MaxConcurrentExecutions("d")).To(Equal(1))
}
