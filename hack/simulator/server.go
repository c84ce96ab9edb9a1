// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBody bounds a request; the largest are blueprint archives.
const maxBody = 64 << 20

// ServeHTTP answers one request. A lost answer or a refused connection ends in a panic with
// http.ErrAbortHandler, on which net/http drops the connection.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	if strings.HasPrefix(hr.URL.Path, controlPrefix) {
		s.control(w, hr)
		return
	}
	route, match := s.profile.route(hr.Method, hr.URL.Path)
	verdict := s.judge(route.name(hr), hr)
	defer verdict.racer.finish()
	if s.hangs() {
		s.hang(hr.Context())
	}
	time.Sleep(verdict.delay)

	var answer *response
	switch {
	case verdict.refuse:
	case verdict.answer != nil:
		answer = verdict.answer
	default:
		// A body that stops in the middle is a client that went away: nothing was asked.
		body, err := io.ReadAll(http.MaxBytesReader(w, hr.Body, maxBody))
		if err != nil {
			answer = frontError(http.StatusBadRequest)
			break
		}
		asked := &request{Request: hr, sim: s, body: body, vars: match, racer: verdict.racer}
		if verdict.hold > 0 {
			time.AfterFunc(verdict.hold, func() { s.journal.finish(s, verdict.entry, s.serve(asked, route), true) })
			frontError(http.StatusGatewayTimeout).write(w)
			return
		}
		asked.racer.await()
		answer = s.serve(asked, route)
	}
	lost := verdict.refuse || verdict.lose
	hung := answer != nil && answer.hung
	s.journal.finish(s, verdict.entry, answer, lost || hung)
	if hung {
		s.hang(hr.Context())
	}
	if lost {
		panic(http.ErrAbortHandler)
	}
	answer.write(w)
}

// serve takes the gates in the Manager's order: routing, maintenance, authentication, tenant.
func (s *Simulator) serve(r *request, route *route) *response {
	defer s.enter()()
	answer, err := func() (*response, error) {
		if route.handle == nil {
			return nil, route.refusal
		}
		if err := s.maintenance.admit(r, route); err != nil {
			return nil, err
		}
		if route.access != public {
			if err := s.authenticate(r); err != nil {
				return nil, err
			}
		}
		if route.access == tenant {
			if err := checkTenant(r); err != nil {
				return nil, err
			}
		}
		return route.handle(r)
	}()
	if err != nil {
		answer = errorResponse(err)
	}
	answer.changed, answer.hung = r.changed, s.wantedBroker()
	return answer
}

func errorResponse(err error) *response {
	if page, ok := errors.AsType[*response](err); ok {
		return page
	}
	if e, ok := errors.AsType[*apiError](err); ok {
		return e.response()
	}
	return internalError().response()
}
