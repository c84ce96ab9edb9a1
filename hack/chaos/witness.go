// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// witness sees every request that changes something at a Manager, with what it found there and what it left.
type witness struct {
	name    string
	manager *simulator.Simulator
	book    *book

	mu sync.Mutex
	// late are the executions that were started by a request whose sender had gone.
	late map[string]bool
	// made is when a deployment or a blueprint was first made.
	made map[string]time.Time
	// refused are deployments whose creation the Manager refused.
	refused map[string]bool
	// spared are breaches explained by a request that nobody could take back any more.
	spared int
}

func newWitness(name string, manager *simulator.Simulator, b *book) *witness {
	return &witness{name: name, manager: manager, book: b, late: map[string]bool{}, made: map[string]time.Time{}, refused: map[string]bool{}}
}

// suspect is a request that changes something.
type suspect struct {
	verb     string // as the history shows it: "POST executions install"
	remote   string // the ID of the deployment or the blueprint
	starts   string // the workflow it starts by name
	arrived  time.Time
	meets    string
	gone     bool   // its sender has gone
	deployed bool   // it is about a deployment
	mark     string // of the CloudifyExecution that it is for

	found      simulator.Deployment
	there      bool
	executions map[string]bool
	running    bool
}

// lost notes a request that never reached the Manager.
func (w *witness) lost(a *ask, how string) {
	if a.changes() {
		s := w.suspect(a, false)
		w.book.note(s.remote, "%s: %s: %s", w.name, s.verb, how)
	}
}

// suspect reads what a request is about.
func (w *witness) suspect(a *ask, gone bool) *suspect {
	path := strings.Split(strings.TrimPrefix(a.URL.Path, "/api/v3.1/"), "/")
	s := &suspect{verb: a.Method + " " + path[0], arrived: a.arrived, meets: a.meets.name, gone: gone}
	if len(path) > 1 {
		s.remote = path[1]
	}
	switch path[0] {
	case "deployments":
		s.deployed = true
	case "deployment-updates":
		s.deployed, s.verb = true, s.verb+" "+strings.Join(path[2:], " ")
	case "executions":
		var body struct {
			Deployment string `json:"deployment_id"`
			Workflow   string `json:"workflow_id"`
			Action     string `json:"action"`
			Parameters struct {
				Kwargs struct {
					Mark string `json:"mark"`
				} `json:"operation_kwargs"`
			} `json:"parameters"`
		}
		_ = json.Unmarshal(a.body, &body) // the Manager refuses what is not JSON
		s.deployed, s.verb = true, strings.TrimSpace(s.verb+" "+body.Workflow+body.Action)
		if len(path) == 1 {
			s.remote, s.starts, s.mark = body.Deployment, body.Workflow, body.Parameters.Kwargs.Mark
			break
		}
		for _, e := range w.manager.Executions("") {
			if e.ID == path[1] {
				s.remote = e.DeploymentID
			}
		}
	}
	return s
}

// before looks at what the request will find.
func (w *witness) before(s *suspect) {
	if !s.deployed {
		return
	}
	s.found, s.there = w.manager.Deployment(s.remote)
	s.executions = map[string]bool{}
	for _, e := range w.manager.Executions(s.remote) {
		s.executions[e.ID] = true
		s.running = s.running || e.Active()
	}
}

// after judges what the request did.
func (w *witness) after(s *suspect, code int, body []byte) {
	told := fmt.Sprintf("%s: %s: %d", w.name, s.verb, code)
	if s.meets != "" {
		told += ", met " + s.meets
	}
	if s.gone {
		told += ", its sender had gone"
	}
	done := code < 300
	if !done {
		told += " " + brief(body)
	}
	w.book.note(s.remote, "%s", told)
	w.book.moved()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !done {
		if s.verb == "PUT deployments" && !s.there {
			w.refused[s.remote] = true
		}
		return
	}
	if _, known := w.made[s.remote]; !known && strings.HasPrefix(s.verb, "PUT ") {
		w.made[s.remote] = time.Now()
	}
	if s.gone {
		w.book.delivered(s.remote, s.verb)
	}
	if s.deployed {
		w.judge(s, told)
	}
}

// judge looks for promises that the request broke; called with mu held.
func (w *witness) judge(s *suspect, told string) {
	var active []string
	excused := s.gone
	for _, e := range w.manager.Executions(s.remote) {
		if s.gone && !s.executions[e.ID] {
			w.late[e.ID] = true
		}
		if e.Active() {
			active = append(active, e.Workflow+" "+e.ID)
			excused = excused || w.late[e.ID]
		}
	}
	if len(active) > 1 {
		w.breach(excused, "never two executions at once", s, told+": now run "+strings.Join(active, " and "))
	}
	if s.starts == "install" && s.found.Installed() && !s.running {
		w.breach(s.gone, "no install on what is installed", s, told)
	}
	if s.mark != "" && w.book.ran(s.mark) > 1 {
		w.breach(false, "a workflow runs at most once", s, told+" for execution/"+shop+"/"+s.mark)
	}
	if who, since := w.book.letGo(s.remote); who != "" && s.arrived.After(since) {
		w.breach(s.gone, "what was let go is left alone", s, fmt.Sprintf("%s, %s after %s was gone", told, s.arrived.Sub(since).Round(time.Millisecond), who))
	}
}

// breach notes a violation, unless a request caused it that nobody could take back any more.
func (w *witness) breach(spared bool, rule string, s *suspect, text string) {
	if spared {
		w.spared++
		w.book.note(s.remote, "spared, for the sender had gone: %s: %s", rule, text)
		return
	}
	w.book.violate(violation{rule: rule, about: []string{s.remote}, text: s.remote + ": " + text})
}

// sparedBreaches counts what only requests explain whose senders had gone.
func (w *witness) sparedBreaches() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.spared
}

// refusals are the deployments whose creation the Manager refused.
func (w *witness) refusals() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.refused)
}

// madeAt is when something was first made at the Manager.
func (w *witness) madeAt(remote string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.made[remote]
}

// brief is the beginning of a text.
func brief(text []byte) string {
	return strings.TrimSpace(string(text[:min(len(text), 160)]))
}
