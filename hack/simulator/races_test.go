// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"net/http/httptest"
	"testing"

	. "github.com/onsi/gomega"
)

// three sends a request three times, each once the one before has arrived, and returns what they are answered.
func three(c caller, server *httptest.Server, method, path, body string) []int {
	answers := make([]chan int, 3)
	for i := range answers {
		before := c.sim.RequestCount("")
		answers[i] = make(chan int, 1)
		go func() {
			answer, err := over(server, method, path, body)
			if err != nil {
				answer.status = 0
			}
			answers[i] <- answer.status
		}()
		c.Eventually(func() int { return c.sim.RequestCount("") }).Should(Equal(before + 1))
	}
	statuses := make([]int, len(answers))
	for i := range answers {
		statuses[i] = <-answers[i]
	}
	return statuses
}

// The third comes after the race of two.
func TestRaces(t *testing.T) {
	install := `{"deployment_id": "d", "workflow_id": "install"}`
	for name, row := range map[string]struct {
		route, method, path, body string
		looks, want               []int
	}{
		"starts":                  {"POST executions", "POST", "executions", install, []int{2}, []int{201, 201, 400}},
		"more starts":             {"POST executions", "POST", "executions", install, []int{3}, []int{201, 201, 201}},
		"deletes":                 {"DELETE deployments", "DELETE", "deployments/d", "", []int{2}, []int{204, 204, 400}},
		"deletes that look twice": {"DELETE deployments", "DELETE", "deployments/d", "", []int{2, 1}, []int{204, 400, 400}},
		"creates": {"PUT deployments", "PUT", "deployments/new?async_create=true", `{"blueprint_id": "cellar", "inputs": {"name": "n"}}`,
			[]int{2}, []int{201, 409, 409}},
	} {
		t.Run(name, func(t *testing.T) {
			c := withCellar(t, nil)
			server := httptest.NewServer(c.sim)
			defer server.Close()
			c.sim.Race(row.route, row.looks...)
			c.Expect(three(c, server, row.method, row.path, row.body)).To(Equal(row.want))
		})
	}
}

// A request that no other joins waits for the end of the race, or until all faults are healed.
func TestRaceEnds(t *testing.T) {
	c := withCellar(t, nil)
	server := httptest.NewServer(c.sim)
	defer server.Close()
	for name, letGo := range map[string]func(end func()){
		"it is ended": func(end func()) { end() },
		"healed":      func(func()) { c.sim.Heal() },
	} {
		end := c.sim.Race("GET version", 2)
		status := make(chan int, 1)
		go func() {
			answer, _ := over(server, "GET", "version", "")
			status <- answer.status
		}()
		c.Consistently(status, "100ms").ShouldNot(Receive(), name)
		letGo(end)
		c.Eventually(status).Should(Receive(Equal(http.StatusOK)), name)
	}
}
