// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Object is one of the operator's kinds.
type Object interface {
	client.Object
	GetConditions() []metav1.Condition
	IsReady() bool
}

// BeReady matches an object whose status answers to its spec and says Ready.
func BeReady() types.GomegaMatcher {
	return says{want: "be Ready", holds: Object.IsReady}
}

// BeStalled matches an object that only a new spec or request can help, for this reason; its message contains all of words.
func BeStalled(reason string, words ...string) types.GomegaMatcher {
	return notReady(metav1.ConditionFalse, v1alpha1.StalledCondition, reason, words)
}

// BeWaiting matches an object that is not ready for now, for this reason; its message contains all of words.
func BeWaiting(reason string, words ...string) types.GomegaMatcher {
	return notReady(metav1.ConditionFalse, v1alpha1.ReconcilingCondition, reason, words)
}

// BeUnknown matches an object whose Manager could not be reached; its message contains all of words.
func BeUnknown(reason string, words ...string) types.GomegaMatcher {
	return notReady(metav1.ConditionUnknown, v1alpha1.ReconcilingCondition, reason, words)
}

// notReady wants Ready to have a status and reason, and beside it a condition of the same reason and not its opposite, for
// the generation that the object has.
func notReady(status metav1.ConditionStatus, beside, reason string, words []string) types.GomegaMatcher {
	other := map[string]string{
		v1alpha1.StalledCondition: v1alpha1.ReconcilingCondition, v1alpha1.ReconcilingCondition: v1alpha1.StalledCondition,
	}[beside]
	return says{
		want: fmt.Sprintf("have Ready=%s and %s=True for reason %s, with a message about %q", status, beside, reason, words),
		holds: func(o Object) bool {
			ready, present := Condition(o, v1alpha1.ReadyCondition), Condition(o, beside)
			for _, word := range words {
				if !strings.Contains(ready.Message, word) {
					return false
				}
			}
			return ready.ObservedGeneration == o.GetGeneration() && ready.Status == status && ready.Reason == reason &&
				present.Status == metav1.ConditionTrue && present.Reason == reason && !HasCondition(o, other)
		},
	}
}

// HaveCondition matches an object with a condition of this status and reason.
func HaveCondition(kind string, status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return says{
		want: fmt.Sprintf("have %s=%s for reason %s", kind, status, reason),
		holds: func(o Object) bool {
			c := Condition(o, kind)
			return c.Status == status && c.Reason == reason
		},
	}
}

// Condition is a condition of an object, zero if it has none of this kind.
func Condition(o Object, kind string) metav1.Condition {
	if c := meta.FindStatusCondition(o.GetConditions(), kind); c != nil {
		return *c
	}
	return metav1.Condition{}
}

// HasCondition reports whether an object has a condition of this kind.
func HasCondition(o Object, kind string) bool {
	return meta.FindStatusCondition(o.GetConditions(), kind) != nil
}

// Describe returns what the status of an object says, for messages of tests.
func Describe(o Object) string {
	said := []string{fmt.Sprintf("%T %s, generation %d", o, client.ObjectKeyFromObject(o), o.GetGeneration())}
	for _, c := range o.GetConditions() {
		said = append(said, fmt.Sprintf("%s=%s (%d) %s: %s", c.Type, c.Status, c.ObservedGeneration, c.Reason, c.Message))
	}
	return strings.Join(said, "\n    ")
}

// says is a matcher of what the status of an object says.
type says struct {
	want  string
	holds func(Object) bool
}

func (m says) Match(actual any) (bool, error) {
	o, ok := actual.(Object)
	if !ok {
		return false, fmt.Errorf("%T is none of the operator's kinds", actual)
	}
	return m.holds(o), nil
}

func (m says) FailureMessage(actual any) string {
	return "Expected\n    " + Describe(actual.(Object)) + "\nto " + m.want
}

func (m says) NegatedFailureMessage(actual any) string {
	return "Expected\n    " + Describe(actual.(Object)) + "\nnot to " + m.want
}
