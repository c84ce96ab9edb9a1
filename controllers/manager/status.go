// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// setStatus says what people see of a connection. It is pure.
func setStatus(s *scope, out outcome.Outcome) {
	status := &s.manager.Status
	status.ObservedGeneration = s.manager.Generation
	ready := ""
	if s.version != nil {
		status.Release, status.Edition = s.version.Version, s.version.Edition
		ready = fmt.Sprintf("connected to Cloudify Manager %s (%s), tenant %s", s.version.Version, s.version.Edition, s.manager.Spec.Tenant)
	}
	outcome.SetSummary(&status.Conditions, s.manager.Generation, out, ready)
}

// keysOf names the keys of a Secret, for people; never a value.
func keysOf(data map[string][]byte) string {
	if len(data) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(data)), ", ")
}
