// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"net/http/httptest"
	"testing"

	. "github.com/onsi/gomega"
)

// times sends a request several times, each once the one before has arrived, and returns what they are answered.
func times(n int, c caller, server *httptest.Server, method, path, body string) []int {
	answers := make([]chan int, n)
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
			c.Expect(times(3, c, server, row.method, row.path, row.body)).To(Equal(row.want))
		})
	}
}

// What the first of two deletes began is not over before the second has looked, however long the machine takes for it.
func TestNothingFallsDueInARace(t *testing.T) {
	c := withCellar(t, nil)
	c.sim.clock = newClock(Options{TimeScale: 1e6})
	server := httptest.NewServer(c.sim)
	defer server.Close()
	c.sim.Race("DELETE deployments", 2)
	c.Expect(times(2, c, server, "DELETE", "deployments/d", "")).To(HaveExactElements(http.StatusNoContent, http.StatusNoContent))
	c.Eventually(c.sim.Deployments).Should(BeEmpty())
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
