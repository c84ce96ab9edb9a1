// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// A leader that is to end lets its reconciles end, hands the lease over and takes no part any more: whatever client-go does after
// that reaches nobody.
func TestALeaderThatEndsHandsOver(t *testing.T) {
	g := NewWithT(t)
	a, b, _ := candidates()
	g.Expect(a.Create(t.Context(), held("a"))).To(Succeed())
	begun, leave, left := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := reconciles(t, a.proof, func(ctx context.Context) error {
			close(begun)
			<-leave
			return a.proof.MayBegin(ctx)
		})
		left <- err
	}()
	<-begun

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Start(ctx) }()
	stop()
	g.Eventually(func() error {
		leave, err := a.proof.enter()
		if err == nil {
			leave()
		}
		return err
	}).Should(MatchError("this process ends"))
	g.Expect(ended).NotTo(Receive(), "a reconcile is under way")
	close(leave)
	g.Expect(<-left).To(Succeed(), "what has begun may make its change")
	g.Eventually(ended).Should(Receive(BeNil()))
	g.Expect(leads(t, a)).To(MatchError("leadership lost: this process ends"))

	get(t, b)
	g.Expect(b.Update(t.Context(), held("b"))).To(Succeed())
	g.Expect(leads(t, b)).To(Succeed())
	get(t, a)
	g.Expect(a.Update(t.Context(), held("a"))).To(Succeed())
	record, _, err := b.Get(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(record.HolderIdentity).To(Equal("b"))
}

// A reconcile that does not end holds the lease up for a second, and changes nothing after it.
func TestASlowReconcileDoesNotHoldUpTheHandover(t *testing.T) {
	g := NewWithT(t)
	a, b, _ := candidates()
	g.Expect(a.Create(t.Context(), held("a"))).To(Succeed())
	leave, err := a.proof.enter()
	g.Expect(err).NotTo(HaveOccurred())
	defer leave()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	g.Expect(a.Start(ctx)).To(Succeed())
	record, _, err := b.Get(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(record.HolderIdentity).To(BeEmpty())
	g.Expect(leads(t, a)).NotTo(Succeed())
}

// A process that waits for the lease and is to end does not take it.
func TestACandidateThatEndsStandsBack(t *testing.T) {
	g := NewWithT(t)
	a, b, _ := candidates()
	g.Expect(a.Create(t.Context(), held("a"))).To(Succeed())
	ctx, stop := context.WithCancel(t.Context())
	stop()
	g.Expect(b.Start(ctx)).To(Succeed())
	g.Expect(a.Update(t.Context(), held(""))).To(Succeed())
	record, _, err := b.Get(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(record.HolderIdentity).NotTo(BeEmpty())
	g.Expect(time.Duration(record.LeaseDurationSeconds) * time.Second).To(BeNumerically(">", time.Minute))
}

// No reconcile begins in a process that is to end.
func TestNoReconcileBeginsAtTheEnd(t *testing.T) {
	g := NewWithT(t)
	p, c := proofAt(100)
	p.renew(c.now)
	p.retire(t.Context())
	result, err := reconciles(t, p, func(context.Context) error {
		t.Error("it should not begin")
		return nil
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result).To(Equal(reconcile.Result{RequeueAfter: again}))
}
