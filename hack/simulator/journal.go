// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// Request is one request that arrived.
type Request struct {
	Method string
	Route  string // "GET deployments/{id}"
	Path   string
	Query  url.Values
	Status int // answered; 0 if the connection was dropped
}

// Change is a request that changed something at the Manager.
type Change struct {
	Method string
	Route  string // "PUT deployments", "POST executions", "POST executions/{id}"
	ID     string // of what was changed; of the deployment for an update
	Status int    // answered; 0 if the answer was lost
}

// journal remembers what arrived. It has the simulator's lock.
type journal struct {
	requests []*Request
	changes  []Change
	counted  map[string]int // deployments' executions that were active at once, at most

	operations map[string]map[string]int // by deployment, "node.operation": how often it ran
	observe    func(Change)
}

// maxRequests bounds what a simulator that runs for days remembers.
const maxRequests = 200_000

func (j *journal) arrived(hr *http.Request, route string) *Request {
	if len(j.requests) == maxRequests {
		j.requests = slices.Clone(j.requests[maxRequests/2:])
	}
	entry := &Request{Method: hr.Method, Route: route, Path: hr.URL.Path, Query: hr.URL.Query()}
	j.requests = append(j.requests, entry)
	return entry
}

func (j *journal) finish(s *Simulator, entry *Request, answer *response, lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer == nil {
		return
	}
	if !lost {
		entry.Status = answer.status
	}
	for _, id := range answer.changed {
		change := Change{Method: entry.Method, Route: shortRoute(entry.Route), ID: id, Status: entry.Status}
		j.changes = append(j.changes, change)
		if j.observe != nil {
			j.observe(change)
		}
	}
}

// Changes lists every request that changed something, refused ones that left a row included.
func (s *Simulator) Changes() []Change {
	defer s.enter()()
	return slices.Clone(s.journal.changes)
}

// OnChange calls observe for each change, with the simulator locked.
func (s *Simulator) OnChange(observe func(Change)) {
	defer s.enter()()
	s.journal.observe = observe
}

// Requests lists every request since the last ResetRequests; of very many the newest.
func (s *Simulator) Requests() []Request {
	defer s.enter()()
	requests := make([]Request, 0, len(s.journal.requests))
	for _, r := range s.journal.requests {
		requests = append(requests, *r)
	}
	return requests
}

// ResetRequests forgets the requests, not the changes.
func (s *Simulator) ResetRequests() {
	defer s.enter()()
	s.journal.requests = nil
}

// RequestCount counts the requests to a route, "GET deployments/{id}" or "PUT deployments"; those
// to all of them if it is "".
func (s *Simulator) RequestCount(route string) int {
	defer s.enter()()
	count := 0
	for _, r := range s.journal.requests {
		if routeMatches(route, r.Route) {
			count++
		}
	}
	return count
}

// MaxConcurrentExecutions is the most executions that were ever active at once on a deployment,
// even if it is gone.
func (s *Simulator) MaxConcurrentExecutions(deploymentID string) int {
	defer s.enter()()
	return s.journal.counted[deploymentID]
}

func (s *Simulator) noteActive(d *deployment) {
	if d == nil {
		return
	}
	active := 0
	for _, e := range d.executions {
		if e.active() {
			active++
		}
	}
	if s.journal.counted == nil {
		s.journal.counted = map[string]int{}
	}
	s.journal.counted[d.id] = max(s.journal.counted[d.id], active)
}

// Operations counts the operations that ran on a deployment, by "node.operation", even if it is gone.
func (s *Simulator) Operations(deploymentID string) map[string]int {
	defer s.enter()()
	counts := maps.Clone(s.journal.operations[deploymentID])
	if counts == nil {
		counts = map[string]int{}
	}
	return counts
}

func (s *Simulator) noteOperation(i *instance, operation string) {
	if s.journal.operations == nil {
		s.journal.operations = map[string]map[string]int{}
	}
	id := i.node.deployment.id
	if s.journal.operations[id] == nil {
		s.journal.operations[id] = map[string]int{}
	}
	s.journal.operations[id][i.node.ID+"."+operation]++
}
