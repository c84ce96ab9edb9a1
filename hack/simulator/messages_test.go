// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// hangs reports whether a request has no answer for a while.
func hangs(server *httptest.Server, method, path, body string) bool {
	patience, giveUp := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer giveUp()
	r, err := http.NewRequestWithContext(patience, method, server.URL+apiRoot+path, strings.NewReader(body))
	if err != nil {
		return false
	}
	r.SetBasicAuth("admin", "admin")
	r.Header.Set("Tenant", tenantName)
	r.Header.Set("Content-Type", "application/json")
	answer, err := server.Client().Do(r)
	if err == nil {
		_ = answer.Body.Close()
	}
	return err != nil && patience.Err() != nil
}

func TestWithoutTheBrokerRequestsHangAndTheirExecutionsAreLost(t *testing.T) {
	c := withCellar(t, nil)
	server := httptest.NewServer(c.sim)
	defer server.Close()

	c.sim.SetBroker(false)
	install := `{"deployment_id": "d", "workflow_id": "install", "force": true}`
	c.Expect(hangs(server, "POST", "executions", install)).To(BeTrue())
	c.Expect(c.sim.Executions("d")).To(HaveLen(2), "the row is there")
	answer, err := over(server, "GET", "deployments/d", "")
	c.Expect(err).NotTo(HaveOccurred())
	c.Expect(answer.status).To(Equal(http.StatusOK), "what needs no message is answered")
	for range restWorkers - 1 {
		c.Expect(hangs(server, "POST", "executions", install)).To(BeTrue())
	}
	c.Expect(hangs(server, "GET", "deployments/d", "")).To(BeTrue(), "nobody is left to answer")

	c.sim.SetBroker(true)
	c.sim.Step(time.Hour)
	for _, e := range c.sim.Executions("d")[1:] {
		c.Expect(e.Status).To(Equal("pending"), "what was to be sent is lost")
	}
}

func TestARequestThatHangsIsDroppedWhenTheBrokerIsBack(t *testing.T) {
	c := withCellar(t, nil)
	server := httptest.NewServer(c.sim)
	defer server.Close()
	c.sim.SetBroker(false)
	failed := make(chan error)
	go func() {
		_, err := over(server, "POST", "executions", `{"deployment_id": "d", "workflow_id": "install"}`)
		failed <- err
	}()
	c.Eventually(func() int { return len(c.sim.Executions("d")) }).Should(Equal(2))
	c.Consistently(failed, "50ms").ShouldNot(Receive())
	c.sim.Heal()
	c.Eventually(failed).Should(Receive(HaveOccurred()))
}

func TestMessagesThatComeLate(t *testing.T) {
	c := withCellar(t, nil)
	deliver := c.sim.HoldMessage("install", 1)
	id := c.start("d", "install", "")
	c.sim.Step(time.Hour)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "pending"))
	deliver()
	c.sim.Step(time.Minute)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "terminated"))

	c.sim.LoseMessage("uninstall")
	deliver = c.sim.HoldKill("uninstall")
	id = c.start("d", "uninstall", "")
	c.ok("POST", "executions/"+id, `{"action": "kill"}`)
	c.sim.Step(time.Hour)
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "kill_cancelling"))
	deliver()
	c.Expect(c.execution(id)).To(HaveKeyWithValue("status", "cancelled"))
}

func TestAnExecutionVanishesFromTheHistory(t *testing.T) {
	c := withCellar(t, nil)
	id := c.start("d", "install", "")
	c.sim.Step(time.Second)
	c.Expect(c.sim.ForgetExecution(id)).To(Succeed())
	c.refused(http.StatusNotFound, "not_found_error", "GET", "executions/"+id, "")
	c.Expect(c.sim.Executions("d")).To(HaveLen(1))
	before := c.states()
	c.sim.Step(time.Hour)
	c.Expect(c.states()).To(Equal(before))
	c.Expect(c.sim.ForgetExecution(id)).NotTo(Succeed())
}
