// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package outcome

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// SetSummary sets Ready, Reconciling and Stalled as kstatus reads them; Ready alone gives advice. readyMessage is what a ready object says.
func SetSummary(conditions *[]metav1.Condition, generation int64, out Outcome, readyMessage string) {
	ready := metav1.Condition{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionFalse, Reason: out.Reason, Message: out.full()}
	switch {
	case out.Kind == Done:
		ready.Status, ready.Message = metav1.ConditionTrue, readyMessage
	case out.Unseen:
		ready.Status = metav1.ConditionUnknown
	}
	Set(conditions, generation, ready)
	present(conditions, generation, v1alpha1.ReconcilingCondition, out.Kind == Waiting || out.Kind == Retry, out)
	present(conditions, generation, v1alpha1.StalledCondition, out.Kind == Stalled, out)
}

// Describe is what an object says of itself, as others quote it.
func Describe(o Object) string {
	ready := meta.FindStatusCondition(o.GetConditions(), v1alpha1.ReadyCondition)
	if ready == nil {
		return "the operator has not looked at it yet"
	}
	return ready.Reason + ": " + ready.Message
}

// full is the message with the advice, before which a message that is too long is cut.
func (o Outcome) full() string {
	if o.Advice == "" {
		return o.Message
	}
	advice := "; " + o.Advice
	return Truncate(o.Message, max(0, maxMessage-len(advice))) + advice
}

// present keeps a condition that is only there while it is True.
func present(conditions *[]metav1.Condition, generation int64, kind string, is bool, out Outcome) {
	if !is {
		meta.RemoveStatusCondition(conditions, kind)
		return
	}
	Set(conditions, generation, metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: out.Reason, Message: out.Message})
}

// Set sets a condition for a generation, with its message bounded.
func Set(conditions *[]metav1.Condition, generation int64, c metav1.Condition) {
	c.ObservedGeneration, c.Message = generation, Truncate(c.Message, maxMessage)
	meta.SetStatusCondition(conditions, c)
}
