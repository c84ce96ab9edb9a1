// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// ReadinessChanged lets an update through that changes whether a CloudifyManager is ready, or the reason. Its message, and the
// rest of its status, need not wake the objects that use it.
var ReadinessChanged = predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.CloudifyManager), e.ObjectNew.(*v1alpha1.CloudifyManager)
		return readinessOf(before) != readinessOf(after)
	},
}

// readiness is what ReadinessChanged looks at.
type readiness struct {
	status metav1.ConditionStatus
	reason string
}

func readinessOf(m *v1alpha1.CloudifyManager) readiness {
	if ready := meta.FindStatusCondition(m.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		return readiness{ready.Status, ready.Reason}
	}
	return readiness{}
}

// unseenAfter is how long a Manager may be away before its idle objects are Unknown.
const unseenAfter = 10 * time.Minute

// Unavailable ends the reconcile of an object whose Manager has no connection. A settled one stays as it is for a while: the
// CloudifyManager's status reports the outage, once.
func (p *Pool) Unavailable(m *v1alpha1.CloudifyManager, settled bool, wayOut string) error {
	if left := unseenAfter - time.Since(p.lostAt(m)); settled && left > 0 {
		return outcome.Settled(left)
	}
	if left := firstTry - time.Since(p.begun); left > 0 && p.untried(m) {
		return outcome.WaitUntold(min(left, lookAgain), v1alpha1.ReasonManagerNotReady, "CloudifyManager %s is not connected yet: the operator has just started", m.Name)
	}
	return outcome.WaitUnseen(0, v1alpha1.ReasonManagerNotReady, "CloudifyManager %s is not connected: %s%s", m.Name, readyMessage(m), wayOut)
}

func readyMessage(m *v1alpha1.CloudifyManager) string {
	ready := meta.FindStatusCondition(m.Status.Conditions, v1alpha1.ReadyCondition)
	if ready == nil || ready.Status == "True" {
		return "the operator is trying to reach it"
	}
	return ready.Reason + ": " + ready.Message
}

// firstTry is how long a process that has just begun may take to connect before its objects are Unknown.
const firstTry = time.Minute

// lookAgain is when an object is looked at again whose Manager is about to be connected. The opening wakes those whose status says that
// there is work to do, and cannot know of others: their blueprint, what they refer to or the time has changed while no operator ran.
const lookAgain = 2 * time.Second

// untried reports whether a Manager was connected when this process began, which has not come to it yet. That is no news of its
// objects.
func (p *Pool) untried(m *v1alpha1.CloudifyManager) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, lost := p.lost[m.Name]
	ready := meta.FindStatusCondition(m.Status.Conditions, v1alpha1.ReadyCondition)
	return !lost && ready != nil && isConnected(ready)
}

// lostAt is when a Manager was last connected. If this process never was, it is since when its CloudifyManager is not ready, so
// that a restart does not begin the time anew.
func (p *Pool) lostAt(m *v1alpha1.CloudifyManager) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at, ok := p.lost[m.Name]; ok {
		return at
	}
	ready := meta.FindStatusCondition(m.Status.Conditions, v1alpha1.ReadyCondition)
	if ready == nil || isConnected(ready) || ready.LastTransitionTime.After(p.begun) {
		return p.begun
	}
	if earliest := p.begun.Add(firstTry - unseenAfter); ready.LastTransitionTime.Time.Before(earliest) {
		return earliest
	}
	return ready.LastTransitionTime.Time
}

// isConnected reports whether a CloudifyManager is connected by its status: ready, or not ready for another reason.
func isConnected(ready *metav1.Condition) bool {
	return ready.Status == metav1.ConditionTrue || ready.Reason == v1alpha1.ReasonInUse || ready.Reason == v1alpha1.ReasonInventoryLost
}
