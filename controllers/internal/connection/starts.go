// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"sync"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// starts keeps two objects from starting workflows of one deployment at the same time: a Manager may accept both [863], and neither
// look shows the other's. It is enough in one process, for only the leader starts anything.
type starts struct {
	mu sync.Mutex
	of map[site]started
}

// site is a deployment at a Manager.
type site struct{ manager, id string }

// started is the last start that was asked for of a deployment.
type started struct {
	at       leadership.Moment
	underway bool
}

// forgetAfter is how old a start is that no look is older than: a change rests on nothing older.
const forgetAfter = 2 * outcome.Deadline

// BeginStart takes the right to start a workflow of a deployment that was looked at then, until end is called; false: somebody else
// is starting one, or has since the look, which must be repeated.
func (p *Pool) BeginStart(manager, deploymentID string, looked leadership.Moment) (end func(), ok bool) {
	return p.starts.begin(site{manager, deploymentID}, looked)
}

func (s *starts) begin(d site, looked leadership.Moment) (end func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other, last := range s.of {
		if !last.underway && last.at.Age() > forgetAfter {
			delete(s.of, other)
		}
	}
	if last, found := s.of[d]; found && (last.underway || last.at >= looked) {
		return nil, false
	}
	if s.of == nil {
		s.of = map[site]started{}
	}
	s.of[d] = started{leadership.Now(), true}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.of[d] = started{leadership.Now(), false}
	}, true
}
