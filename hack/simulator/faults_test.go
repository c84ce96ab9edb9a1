// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// answered is what came over a connection.
type answered struct {
	status            int
	contentType, text string
}

// over asks a simulator through a real connection, on which an answer can be lost.
func over(server *httptest.Server, method, path, body string) (answered, error) {
	r, err := http.NewRequest(method, server.URL+apiRoot+path, strings.NewReader(body))
	if err != nil {
		return answered{}, err
	}
	r.SetBasicAuth("admin", "admin")
	r.Header.Set("Tenant", tenantName)
	r.Header.Set("Content-Type", "application/json")
	answer, err := server.Client().Do(r)
	if err != nil {
		return answered{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return answered{answer.StatusCode, answer.Header.Get("Content-Type"), string(text)}, err
}

func TestLostAnswerIsCommitted(t *testing.T) {
	c := withCellar(t, nil)
	server := httptest.NewServer(c.sim)
	defer server.Close()

	c.sim.LoseAnswer("PUT deployments", 1)
	_, err := over(server, "PUT", "deployments/lost?async_create=true", `{"blueprint_id": "cellar", "inputs": {"name": "n"}}`)
	c.Expect(err).To(HaveOccurred())
	_, ok := c.sim.Deployment("lost")
	c.Expect(ok).To(BeTrue())
	c.Expect(c.sim.Changes()).To(ContainElement(Change{Method: "PUT", Route: "PUT deployments", ID: "lost", Status: 0}))

	answer, err := over(server, "PUT", "deployments/lost?async_create=true", `{"blueprint_id": "cellar", "inputs": {"name": "n"}}`)
	c.Expect(err).NotTo(HaveOccurred())
	c.Expect(answer.status).To(Equal(http.StatusConflict))
}

func TestSpoiltAnswerIsCommitted(t *testing.T) {
	c := withCellar(t, nil)
	server := httptest.NewServer(c.sim)
	defer server.Close()

	c.sim.SpoilAnswer("PUT deployments", http.StatusBadGateway, 1)
	answer, err := over(server, "PUT", "deployments/spoilt?async_create=true", `{"blueprint_id": "cellar", "inputs": {"name": "n"}}`)
	c.Expect(err).NotTo(HaveOccurred())
	c.Expect(answer.status).To(Equal(http.StatusBadGateway))
	_, ok := c.sim.Deployment("spoilt")
	c.Expect(ok).To(BeTrue())
	c.Expect(c.sim.Changes()).To(ContainElement(Change{Method: "PUT", Route: "PUT deployments", ID: "spoilt", Status: http.StatusBadGateway}))
}

func TestOutages(t *testing.T) {
	c := withCellar(t, nil)
	server := httptest.NewServer(c.sim)
	defer server.Close()

	c.sim.SetDown(DownBadGateway)
	answer, err := over(server, "GET", "version", "")
	c.Expect(err).NotTo(HaveOccurred())
	c.Expect(answer.status).To(Equal(http.StatusBadGateway))
	c.Expect(answer.contentType).To(Equal("text/html"))
	c.Expect(answer.text).To(ContainSubstring("nginx"))

	c.sim.SetDown(DownRefused)
	_, err = over(server, "DELETE", "deployments/d", "")
	c.Expect(err).To(HaveOccurred())
	c.sim.Heal()
	_, ok := c.sim.Deployment("d")
	c.Expect(ok).To(BeTrue(), "a refused connection changes nothing")
	answer, err = over(server, "GET", "version", "")
	c.Expect(err).NotTo(HaveOccurred())
	c.Expect(answer.status).To(Equal(http.StatusOK))
}

func TestFailingRoutes(t *testing.T) {
	c := withCellar(t, nil)
	end := c.sim.Fail("POST executions", http.StatusTooManyRequests)
	status, _ := c.send("POST", "executions", `{"deployment_id": "d", "workflow_id": "install"}`)
	c.Expect(status).To(Equal(http.StatusTooManyRequests))
	c.Expect(c.sim.Executions("d")).To(HaveLen(1), "nothing was started")
	end()
	id := c.start("d", "install", "")

	c.sim.Fail("GET executions/{id}", http.StatusInternalServerError, 2)
	for range 2 {
		c.refused(http.StatusInternalServerError, "internal_server_error", "GET", "executions/"+id, "")
	}
	c.ok("GET", "executions/"+id, "")
	c.ok("GET", "executions", "")
	c.Expect(c.sim.RequestCount("GET executions/{id}")).To(Equal(3))
	c.Expect(c.sim.RequestCount("POST executions")).To(Equal(2))
	c.sim.ResetRequests()
	c.Expect(c.sim.Requests()).To(BeEmpty())
}

func TestDelay(t *testing.T) {
	c := newCaller(t, Options{})
	c.sim.Delay("GET version", 30*time.Millisecond)
	begin := time.Now()
	c.ok("GET", "version", "")
	c.Expect(time.Since(begin)).To(BeNumerically(">=", 30*time.Millisecond))
}

func TestFailingWorkflows(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.FailWorkflow("install", "no quota left", 1)
	id := c.start("d", "install", "")
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "failed"))
	c.Expect(lastLine(c.execution(id)["error"])).To(Equal("cloudify.exceptions.NonRecoverableError: no quota left"))
	c.Expect(c.states()).To(ConsistOf("net started", "app creating"))
	id = c.start("d", "install", "")
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"))

	c.sim.FailWorkflow(workflowCreate, "no disk", 1)
	c.ok("PUT", "deployments/e?async_create=true", `{"blueprint_id": "cellar", "inputs": {"name": "n"}}`)
	c.sim.Step(time.Minute)
	c.refused(http.StatusBadRequest, "deployment_creation_error", "POST", "executions", `{"deployment_id": "e", "workflow_id": "install"}`)

	c.sim.FailWorkflow(workflowUpload, "no disk", 1)
	c.ok("PUT", "blueprints/b?async_upload=true", string(Zip(cellar)))
	c.sim.Step(time.Minute)
	b, _ := c.sim.Blueprint("b")
	c.Expect(b.State).To(Equal("failed_parsing"))

	c.sim.FailWorkflow(workflowDelete, "no disk", 1)
	c.ok("DELETE", "deployments/e", "")
	c.sim.Step(time.Minute)
	_, ok := c.sim.Deployment("e")
	c.Expect(ok).To(BeTrue())
}

func TestMaintenance(t *testing.T) {
	c := withCellar(t, nil)
	id := c.start("d", "install", "")
	c.ok("POST", "maintenance/activate", "")
	c.refused(http.StatusServiceUnavailable, "entering_maintenance_mode", "POST", "executions", `{}`)
	c.ok("GET", "deployments", "")
	c.sim.Step(time.Minute)
	c.Expect(c.ok("GET", "maintenance", "")).To(HaveKeyWithValue("status", "activated"))
	c.refused(http.StatusServiceUnavailable, "maintenance_mode_active", "GET", "executions/"+id, "")
	c.ok("POST", "maintenance/deactivate", "")
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"))
}

func TestControl(t *testing.T) {
	c := withCellar(t, nil)
	server := httptest.NewServer(c.sim)
	defer server.Close()
	fault := func(body string) int {
		answer, err := server.Client().Post(server.URL+"/_simulator/fault", "application/json", strings.NewReader(body))
		c.Expect(err).NotTo(HaveOccurred())
		c.Expect(answer.Body.Close()).To(Succeed())
		return answer.StatusCode
	}
	c.Expect(fault(`{"down": "502"}`)).To(Equal(http.StatusNoContent))
	status, _ := c.send("GET", "version", "")
	c.Expect(status).To(Equal(http.StatusBadGateway))
	c.Expect(fault(`{"up": true}`)).To(Equal(http.StatusNoContent))
	c.ok("GET", "version", "")
	c.Expect(fault(`{}`)).To(Equal(http.StatusBadRequest))
	for _, body := range []string{
		`{"loseMessage": "install"}`, `{"holdMessage": "install"}`, `{"holdKill": "install"}`, `{"ignoreCancel": "install"}`, `{"broker": "down"}`, `{"broker": "up"}`, `{"heal": true}`,
	} {
		c.Expect(fault(body)).To(Equal(http.StatusNoContent), body)
	}
	c.Expect(fault(`{"forget": "nosuch"}`)).To(Equal(http.StatusBadRequest))
	c.Expect(fault(`{"forget": "` + c.start("d", "install", "") + `"}`)).To(Equal(http.StatusNoContent))

	answer, err := server.Client().Get(server.URL + "/_simulator/state")
	c.Expect(err).NotTo(HaveOccurred())
	text, err := io.ReadAll(answer.Body)
	c.Expect(err).NotTo(HaveOccurred())
	c.Expect(answer.Body.Close()).To(Succeed())
	c.Expect(string(text)).To(ContainSubstring(`"blueprintID":"cellar"`))

	elsewhere := httptest.NewRequest("GET", "/_simulator/state", nil)
	elsewhere.RemoteAddr = "192.0.2.1:1234"
	refusal := httptest.NewRecorder()
	c.sim.ServeHTTP(refusal, elsewhere)
	c.Expect(refusal.Code).To(Equal(http.StatusForbidden))
}

func TestFailureTellsAnInput(t *testing.T) {
	c := withCellar(t, map[string]any{"port": 9090})
	c.sim.FailWorkflow("install", "{name} has nothing at {port}, {nosuch}", 1)
	id := c.start("d", "install", "")
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("error", ContainSubstring("host has nothing at 9090, {nosuch}")))
}

// What the worker never heard of neither begins nor stops; only a kill does without the worker.
func TestLostMessage(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.LoseMessage("install", 1)
	id := c.start("d", "install", "")
	for _, told := range []struct{ action, status string }{
		{"", "pending"}, {"cancel", "cancelling"}, {"force-cancel", "force_cancelling"}, {"kill", "cancelled"},
	} {
		if told.action != "" {
			c.ok("POST", "executions/"+id, `{"action": "`+told.action+`"}`)
		}
		c.sim.Step(time.Hour)
		c.Expect(c.execution(id)).To(HaveKeyWithValue("status", told.status))
	}
	c.Expect(c.execution(id)).To(HaveKeyWithValue("started_at", BeNil()))

	id = c.start("d", "install", "")
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"), "the next is heard")
}
