// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
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
	setDiscovered(s)
	setOrphans(s)
	outcome.SetSummary(&status.Conditions, s.manager.Generation, out, ready)
}

// setDiscovered says what discovery found out; it stands until there is news.
func setDiscovered(s *scope) {
	conditions := &s.manager.Status.Conditions
	switch {
	case s.manager.Spec.Discovery == nil:
		meta.RemoveStatusCondition(conditions, v1alpha1.DiscoveredCondition)
	case s.finding != nil:
		condition := metav1.Condition{Type: v1alpha1.DiscoveredCondition, Status: metav1.ConditionFalse, Reason: s.finding.Reason, Message: s.finding.Message}
		if s.finding.Good {
			condition.Status = metav1.ConditionTrue
		}
		outcome.Set(conditions, s.manager.Generation, condition)
	}
}
