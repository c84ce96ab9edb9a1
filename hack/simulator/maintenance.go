// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// The statuses of maintenance mode.
const (
	maintenanceOff        = "deactivated"
	maintenanceActivating = "activating"
	maintenanceOn         = "activated"
)

type maintenance struct {
	status               string
	requested, activated time.Time
}

// admit refuses what maintenance keeps out, before anybody is authenticated.
func (m *maintenance) admit(r *request, route *route) error {
	const message = "Your request was rejected since Cloudify manager is currently in maintenance mode"
	switch {
	case isTrue(r.Header.Get("X-BYPASS-MAINTENANCE")):
		return nil
	case m.status == maintenanceOn && !route.duringMaintenance:
		return refuse(http.StatusServiceUnavailable, "maintenance_mode_active", message)
	case m.status == maintenanceActivating && begins(route):
		return refuse(http.StatusServiceUnavailable, "entering_maintenance_mode", message)
	}
	return nil
}

// begins reports whether a route begins something new, which waits for maintenance to end.
func begins(route *route) bool {
	written := slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, route.method)
	return written && (strings.HasPrefix(route.pattern, "executions") || route.pattern == "deployments/{id}")
}

func (s *Simulator) remaining() []any {
	remaining := []any{}
	for _, e := range s.executions.rows {
		if e.active() {
			shown := executionFields.show(e, []string{"id", "status", "deployment_id", "workflow_id"})
			remaining = append(remaining, shown)
		}
	}
	return remaining
}

// settleMaintenance activates it as soon as nothing is running any more.
func (s *Simulator) settleMaintenance() {
	if s.maintenance.status == maintenanceActivating && len(s.remaining()) == 0 {
		s.maintenance.status, s.maintenance.activated = maintenanceOn, s.clock.now()
	}
}

func (s *Simulator) showMaintenance(remaining any) map[string]any {
	m := &s.maintenance
	if m.requested.IsZero() {
		return map[string]any{
			"status": m.status, "activated_at": "", "activation_requested_at": "", "remaining_executions": nil, "requested_by": "",
		}
	}
	return map[string]any{
		"status": m.status, "activated_at": timestamp(m.activated), "activation_requested_at": timestamp(m.requested),
		"remaining_executions": remaining, "requested_by": s.account.username,
	}
}

func getMaintenance(r *request) (*response, error) {
	s := r.sim
	s.settleMaintenance()
	var remaining any
	if s.maintenance.status == maintenanceActivating {
		remaining = s.remaining()
	}
	return answer(http.StatusOK, s.showMaintenance(remaining))
}

// activateMaintenance answers the remaining executions in a list within a list.
func activateMaintenance(r *request) (*response, error) {
	s := r.sim
	if s.maintenance.status != maintenanceOff {
		return &response{status: http.StatusNotModified}, nil
	}
	s.maintenance = maintenance{status: maintenanceActivating, requested: s.clock.now()}
	s.settleMaintenance()
	r.change(maintenanceOn)
	return answer(http.StatusOK, s.showMaintenance([]any{s.remaining()}))
}

func deactivateMaintenance(r *request) (*response, error) {
	s := r.sim
	if s.maintenance.status == maintenanceOff {
		return &response{status: http.StatusNotModified}, nil
	}
	s.maintenance.status = maintenanceOff
	r.change(maintenanceOff)
	return answer(http.StatusOK, s.showMaintenance(nil))
}
