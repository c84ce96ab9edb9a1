// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"context"
	"net/http"
	"slices"
)

// The REST service tells the worker of executions, and of kills, by messages through a broker. Without the broker a request writes
// its rows and then hangs; what it wanted to tell is lost for good. After an outage some messages come late.

// restWorkers is how many requests the REST service works on at once; when all hang, nobody is answered.
const restWorkers = 4

// broker has the simulator's lock.
type broker struct {
	back    chan struct{} // closed when it is back; nil while it is there
	waiting int           // requests that hang, even if their clients gave up
	asked   bool          // the request that is being answered wanted to send
}

func (b *broker) down() bool { return b.back != nil }

// SetBroker takes the message broker away, or brings it back. While it is away, requests that start or delete something do so and
// hang until their clients give up or it is back; from the fourth on every request hangs. Their executions stay pending for ever.
func (s *Simulator) SetBroker(up bool) {
	defer s.enter()()
	s.setBroker(up)
}

func (s *Simulator) setBroker(up bool) {
	switch {
	case up && s.broker.down():
		close(s.broker.back)
		s.broker = broker{}
	case !up && !s.broker.down():
		s.broker.back = make(chan struct{})
	}
}

// hangs reports whether a request hangs before the service looks at it.
func (s *Simulator) hangs() bool {
	defer s.enter()()
	return s.broker.waiting >= restWorkers
}

// wantedBroker reports whether the request that was answered hangs, because it wanted to tell the worker something.
func (s *Simulator) wantedBroker() bool {
	asked := s.broker.asked
	s.broker.asked = false
	if asked {
		s.broker.waiting++
	}
	return asked
}

// hang waits for the broker, or for the client to give up, and drops the connection.
func (s *Simulator) hang(ctx context.Context) {
	leave := s.enter()
	back := s.broker.back
	leave()
	if back != nil {
		select {
		case <-back:
		case <-ctx.Done():
		}
	}
	panic(http.ErrAbortHandler)
}

// send tells the worker of an execution, unless that is lost or held up.
func (s *Simulator) send(e *execution, tell func()) {
	e.lost = s.lacksPlugin(e)
	switch {
	case s.broker.down():
		s.broker.asked, e.lost = true, true
	case s.faults.losesMessage(e):
		e.lost = true
	}
	if e.lost {
		return
	}
	if held := s.faults.holds(e, false); held != nil {
		held.late = append(held.late, tell)
		return
	}
	tell()
}

// holds is the fault that holds up what the worker is told of an execution, nil if there is none.
func (fs *faults) holds(e *execution, kill bool) *fault {
	for _, f := range fs.list {
		if f.workflow == e.workflow && f.left != 0 && (f.held && !kill || f.heldKill && kill) {
			f.use()
			return f
		}
	}
	return nil
}

// HoldMessage holds up what tells the worker of a workflow's next runs, so many or all, until it is delivered. They stay pending.
func (s *Simulator) HoldMessage(workflow string, times ...int) (deliver func()) {
	return s.ending(fault{workflow: workflow, held: true}, times, (*fault).deliver)
}

// HoldKill holds up the kills of a workflow's runs, so many or all, until they are delivered. The runs stay kill_cancelling.
func (s *Simulator) HoldKill(workflow string, times ...int) (deliver func()) {
	return s.ending(fault{workflow: workflow, heldKill: true}, times, (*fault).deliver)
}

// deliver ends a fault that holds messages up.
func (f *fault) deliver() {
	f.left = 0
	late := slices.Clone(f.late)
	f.late = nil
	for _, tell := range late {
		tell()
	}
}
