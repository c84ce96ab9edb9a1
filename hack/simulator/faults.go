// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// DownMode is how a Manager is away.
type DownMode int

const (
	Up             DownMode = iota
	DownBadGateway          // the web server in front answers 502 in HTML
	DownRefused             // connections are dropped before anything is done
)

// fault is something that goes wrong on purpose, on a route or in a workflow.
type fault struct {
	route    string
	workflow string
	status   int // answered instead
	lose     bool
	delay    time.Duration
	hold     time.Duration
	message  string
	race     *race
	deaf     bool // to a cancel
	unheard  bool // by the worker
	held     bool // what tells the worker comes late
	heldKill bool // as does what tells it to kill
	late     []func()
	left     int // how often still; negative: until it is healed
}

func (f *fault) use() {
	if f.left > 0 {
		f.left--
	}
}

// faults has the simulator's lock.
type faults struct {
	list []*fault
	down DownMode
}

// verdict is what becomes of a request before the Manager sees it.
type verdict struct {
	entry  *Request
	delay  time.Duration
	hold   time.Duration // until it reaches the Manager, whose answer nobody waits for
	answer *response     // given instead of the Manager's
	refuse bool          // the connection is dropped, nothing is done
	lose   bool          // the connection is dropped when it is done
	racer  *racer        // nil if it is in no race
}

func (s *Simulator) judge(route string, hr *http.Request) verdict {
	defer s.enter()()
	v := verdict{entry: s.journal.arrived(hr, route)}
	switch s.faults.down {
	case DownRefused:
		v.refuse = true
		return v
	case DownBadGateway:
		v.answer = frontError(http.StatusBadGateway)
		return v
	}
	for _, f := range s.faults.list {
		if f.left == 0 || f.workflow != "" || !routeMatches(f.route, route) {
			continue
		}
		f.use()
		v.delay += f.delay
		v.hold += f.hold
		v.lose = v.lose || f.lose
		if f.race != nil && v.racer == nil {
			v.racer = f.race.joined()
		}
		if f.status != 0 && v.answer == nil {
			v.answer = failure(f.status)
		}
	}
	return v
}

func failure(status int) *response {
	if status == http.StatusInternalServerError {
		return internalError().response()
	}
	r := frontError(status)
	if status == http.StatusTooManyRequests {
		r.header.Set("Retry-After", "1")
	}
	return r
}

// routeMatches reports whether a fault is for a route, named in full or as changes name it; "" means all.
func routeMatches(meant, route string) bool {
	return meant == "" || meant == route || meant == shortRoute(route)
}

// workflowFailure is the message with which an execution is to fail, "" if it is not.
func (fs *faults) workflowFailure(e *execution) string {
	for _, f := range fs.list {
		if f.workflow == e.workflow && f.message != "" && f.left != 0 {
			f.use()
			return withInputs(f.message, e.deployment)
		}
	}
	return ""
}

// ignoresCancel reports whether an execution goes on although a cancel was requested.
func (fs *faults) ignoresCancel(e *execution) bool {
	for _, f := range fs.list {
		if f.workflow == e.workflow && f.deaf && f.left != 0 {
			f.use()
			return true
		}
	}
	return false
}

// losesMessage reports whether the worker never hears of an execution.
func (fs *faults) losesMessage(e *execution) bool {
	for _, f := range fs.list {
		if f.workflow == e.workflow && f.unheard && f.left != 0 {
			f.use()
			return true
		}
	}
	return false
}

// withInputs puts a deployment's inputs into a text, as a plugin does that tells what it tried.
func withInputs(text string, d *deployment) string {
	if d == nil {
		return text
	}
	for name, value := range d.inputs {
		text = strings.ReplaceAll(text, "{"+name+"}", fmt.Sprint(value))
	}
	return text
}

func (s *Simulator) inject(f fault, times []int) (end func()) {
	return s.ending(f, times, func(f *fault) { f.left = 0 })
}

// ending injects a fault whose end does something.
func (s *Simulator) ending(f fault, times []int, atEnd func(*fault)) (end func()) {
	defer s.enter()()
	f.left = -1
	if len(times) > 0 {
		f.left = times[0]
	}
	s.faults.list = append(s.faults.list, &f)
	return func() {
		defer s.enter()()
		atEnd(&f)
	}
}

// Fail answers requests to a route ("PUT deployments", "" for all) with a status instead of doing
// anything, so many times or until the fault is ended.
func (s *Simulator) Fail(route string, status int, times ...int) (end func()) {
	return s.inject(fault{route: route, status: status}, times)
}

// LoseAnswer does what is asked and then drops the connection.
func (s *Simulator) LoseAnswer(route string, times ...int) (end func()) {
	return s.inject(fault{route: route, lose: true}, times)
}

// Delay lets requests wait, in real time, before they are looked at.
func (s *Simulator) Delay(route string, d time.Duration) (end func()) {
	return s.inject(fault{route: route, delay: d}, nil)
}

// Hold keeps requests in a gateway, in real time, before the Manager gets them; the gateway answers 504 at once.
func (s *Simulator) Hold(route string, d time.Duration, times ...int) (end func()) {
	return s.inject(fault{route: route, hold: d}, times)
}

// FailWorkflow fails the first operation of a workflow's next runs with a message, or the workflow
// itself if it runs none. {name} in the message stands for the deployment's input of that name.
func (s *Simulator) FailWorkflow(workflow, message string, times ...int) (end func()) {
	return s.inject(fault{workflow: workflow, message: message}, times)
}

// IgnoreCancel lets a workflow go on that is asked to stop, so many times. It is still stopped by force.
func (s *Simulator) IgnoreCancel(workflow string, times ...int) (end func()) {
	return s.inject(fault{workflow: workflow, deaf: true}, times)
}

// LoseMessage loses what tells the worker of a workflow's next runs, as an outage of the Manager's message broker does: they are
// pending for ever, and only a kill ends them.
func (s *Simulator) LoseMessage(workflow string, times ...int) (end func()) {
	return s.inject(fault{workflow: workflow, unheard: true}, times)
}

// SetDown takes the Manager away, or brings it back with Up. What runs there goes on.
func (s *Simulator) SetDown(mode DownMode) {
	defer s.enter()()
	s.faults.down = mode
}

// SetMaintenance sets maintenance mode: deactivated, activating or activated.
func (s *Simulator) SetMaintenance(status string) {
	defer s.enter()()
	now := s.clock.now()
	s.maintenance = maintenance{status: status, requested: now, activated: now}
}

// Heal ends all faults, an outage and maintenance included. Messages that were held up are delivered.
func (s *Simulator) Heal() {
	defer s.enter()()
	for _, f := range s.faults.list {
		f.deliver()
		if f.race != nil {
			f.race.start()
		}
	}
	s.faults = faults{}
	s.setBroker(true)
	s.maintenance.status = maintenanceOff
}
