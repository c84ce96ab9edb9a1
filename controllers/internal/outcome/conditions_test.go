// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package outcome

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// kstatus calls an object current when Ready is True and neither of the others is present, in progress with Reconciling,
// and failed with Stalled.
func TestSetSummary(t *testing.T) {
	for _, row := range []struct {
		name                 string
		out                  Outcome
		ready                metav1.ConditionStatus
		reconciling, stalled bool
		reason, message      string
	}{
		{"done", Outcome{Kind: Done, Reason: "Ready"}, "True", false, false, "Ready", "all is well"},
		{"waiting", Outcome{Kind: Waiting, Reason: "Installing", Message: "12 of 30"}, "False", true, false, "Installing", "12 of 30"},
		{"waiting, not looked", Outcome{Kind: Waiting, Reason: "InventoryLost", Message: "m", Unseen: true}, "Unknown", true, false, "InventoryLost", "m"},
		{"retry", Outcome{Kind: Retry, Reason: "ManagerError", Message: "500"}, "False", true, false, "ManagerError", "500"},
		{"retry, not looked", Outcome{Kind: Retry, Reason: "ManagerUnreachable", Message: "m", Unseen: true}, "Unknown", true, false, "ManagerUnreachable", "m"},
		{"stalled", Outcome{Kind: Stalled, Reason: "InstallFailed", Message: "no quota"}, "False", false, true, "InstallFailed", "no quota"},
	} {
		for before, conditions := range everyState() {
			t.Run(row.name+" after "+before, func(t *testing.T) {
				g := NewWithT(t)
				SetSummary(&conditions, 3, row.out, "all is well")

				ready := meta.FindStatusCondition(conditions, "Ready")
				g.Expect(*ready).To(And(HaveField("Status", row.ready), HaveField("Reason", row.reason), HaveField("Message", row.message)))
				g.Expect(meta.FindStatusCondition(conditions, "Reconciling") != nil).To(Equal(row.reconciling))
				g.Expect(meta.FindStatusCondition(conditions, "Stalled") != nil).To(Equal(row.stalled))
				for _, c := range conditions {
					if c.Type == "Installed" { // somebody else's
						continue
					}
					g.Expect(c.ObservedGeneration).To(BeEquivalentTo(3), c.Type)
					g.Expect(c.Reason).To(Equal(row.reason), c.Type)
					g.Expect(c.Type == "Ready" || c.Status == metav1.ConditionTrue).To(BeTrue(), "%s is only there while it is True", c.Type)
				}
				g.Expect(meta.IsStatusConditionTrue(conditions, "Installed")).To(BeTrue())
			})
		}
	}
}

// everyState are the conditions an object can have before.
func everyState() map[string][]metav1.Condition {
	installed := metav1.Condition{Type: "Installed", Status: "True", Reason: "Installed"}
	is := func(kind string, status metav1.ConditionStatus) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Reason: "Before", ObservedGeneration: 2}
	}
	return map[string][]metav1.Condition{
		"nothing":     {installed},
		"ready":       {installed, is("Ready", "True")},
		"reconciling": {installed, is("Ready", "False"), is("Reconciling", "True")},
		"stalled":     {installed, is("Ready", "Unknown"), is("Stalled", "True")},
	}
}

// Ready alone gives advice, and all of it: what is cut of a text that is too long is of the message.
func TestReadyAloneGivesAdvice(t *testing.T) {
	g := NewWithT(t)
	const advice = "to retry, set the annotation"
	for _, row := range []struct{ message, ready string }{
		{"no quota", "no quota; " + advice},
		{strings.Repeat("é", 4000), "é…; " + advice},
	} {
		for _, end := range []error{Stall("InstallFailed", "%s", row.message), Wait("ManagerBusy", "%s", row.message)} {
			var conditions []metav1.Condition
			SetSummary(&conditions, 1, Classify(Advise(end, advice)), "")
			for _, c := range conditions {
				g.Expect(len(c.Message)).To(BeNumerically("<=", maxMessage))
				if c.Type == "Ready" {
					g.Expect(c.Message).To(HaveSuffix(row.ready))
				} else {
					g.Expect(c.Message).To(Equal(Truncate(row.message, maxMessage)))
				}
			}
		}
	}
}

func TestAdvice(t *testing.T) {
	g := NewWithT(t)
	g.Expect(Classify(Advise(Advise(Stall("R", "m"), "one"), "two"))).To(Equal(Outcome{Kind: Stalled, Reason: "R", Message: "m", Advice: "one; two"}))
	g.Expect(Advise(nil, "one")).To(Succeed())
}

func TestSetBoundsTheMessage(t *testing.T) {
	g := NewWithT(t)
	var conditions []metav1.Condition
	Set(&conditions, 1, metav1.Condition{Type: "Uploaded", Status: "False", Reason: "UploadFailed", Message: strings.Repeat("é", 4000)})

	g.Expect(len(conditions[0].Message)).To(And(BeNumerically("<=", maxMessage), BeNumerically(">", maxMessage-4)))
	g.Expect(conditions[0].Message).To(HaveSuffix("é…"))
}
