// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// lists stands for the poller: when its latest list began, and how often another was asked for.
type lists struct {
	at    time.Time
	asked int
	lost  bool
}

func (l *lists) ListedAt(string) time.Time { return l.at }
func (l *lists) ListNow(string)            { l.asked++ }

func (l *lists) InventoryLost(string) (missing, known int, lost bool) { return 6, 8, l.lost }

func TestConfirm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		var v Vanished
		l := &lists{at: time.Now()}
		confirm := func() error { return v.Confirm(l, "default", "uid", "deployment k8s-uid") }

		for range 2 {
			out := outcome.Classify(confirm())
			g.Expect(out).To(And(HaveField("Kind", outcome.Waiting), HaveField("Reason", "Confirming"), HaveField("After", confirmInterval)))
			g.Expect(out.Message).To(Equal("deployment k8s-uid is no longer at the Manager; the operator is making sure before it acts"))
			time.Sleep(time.Second)
		}
		g.Expect(l.asked).To(Equal(2))

		l.at, l.lost = time.Now(), true
		g.Expect(outcome.Classify(confirm())).To(HaveField("Reason", "InventoryLost"), "the list that confirms may find that all is lost")
		l.lost = false
		g.Expect(confirm()).To(Succeed(), "a later list has been judged")
		g.Expect(l.asked).To(Equal(2))

		v.Forget("uid")
		time.Sleep(time.Second)
		g.Expect(confirm()).NotTo(Succeed(), "it was back in between")
		g.Expect(v.Confirm(l, "default", "other", "deployment k8s-other")).NotTo(Succeed(), "each thing for itself")
	})
}
