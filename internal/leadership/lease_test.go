// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// candidates are two processes that want one lease.
func candidates() (a, b *Lease, clockOfA *clock) {
	client := fake.NewClientset()
	candidate := func(identity string) *Lease {
		p, _ := proofAt(100)
		return &Lease{proof: p, Interface: &resourcelock.LeaseLock{
			LeaseMeta: metav1.ObjectMeta{Namespace: "ns", Name: "operator"}, Client: client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
		}}
	}
	a, b = candidate("a"), candidate("b")
	c := &clock{}
	c.at(100)
	a.proof.clock = func() time.Duration { return c.now }
	return a, b, c
}

func held(by string) resourcelock.LeaderElectionRecord {
	return resourcelock.LeaderElectionRecord{HolderIdentity: by}
}

// get reads the lease, as a candidate does before it may write it.
func get(t *testing.T, l *Lease) {
	t.Helper()
	_, _, err := l.Get(t.Context())
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
}

func leads(t *testing.T, l *Lease) error {
	t.Helper()
	return l.proof.MayBegin(l.proof.Observe(t.Context()))
}

func TestTheHolderLeads(t *testing.T) {
	g := NewWithT(t)
	a, b, c := candidates()
	g.Expect(leads(t, a)).To(MatchError("it is not certain that this process leads"))

	g.Expect(a.Create(t.Context(), held("a"))).To(Succeed())
	g.Expect(leads(t, a)).To(Succeed())
	get(t, b)
	g.Expect(leads(t, b)).NotTo(Succeed())
	c.at(109)
	g.Expect(a.Update(t.Context(), held("a"))).To(Succeed())
	c.at(119)
	g.Expect(leads(t, a)).To(Succeed())
	get(t, a)
	g.Expect(leads(t, a)).To(Succeed(), "to read is not to renew")
	c.at(120)
	g.Expect(leads(t, a)).To(MatchError(ContainSubstring("last renewed 11s ago")))
}

func TestALeaseInOtherHandsIsLost(t *testing.T) {
	g := NewWithT(t)
	a, b, _ := candidates()
	g.Expect(a.Create(t.Context(), held("a"))).To(Succeed())
	get(t, b)
	g.Expect(b.Update(t.Context(), held("b"))).To(Succeed())
	g.Expect(leads(t, b)).To(Succeed())

	get(t, a)
	g.Expect(leads(t, a)).To(MatchError(`leadership lost: Lease ns/operator is held by "b"`))
	g.Expect(a.Update(t.Context(), held("a"))).To(MatchError(HavePrefix("leadership lost: ")), "it is not taken back")
	g.Expect(a.Update(t.Context(), held(""))).To(MatchError(HavePrefix("leadership lost: ")), "nor released in the name of another")
	record, _, err := b.Get(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(record.HolderIdentity).To(Equal("b"))
	g.Expect(leads(t, b)).To(Succeed())
}

func TestALeaseThatIsGoneIsLost(t *testing.T) {
	g := NewWithT(t)
	a, _, _ := candidates()
	_, _, err := a.Get(t.Context())
	g.Expect(err).To(HaveOccurred())
	g.Expect(a.Create(t.Context(), held("a"))).To(Succeed(), "there was none yet")
	g.Expect(leads(t, a)).To(Succeed())

	client := a.Interface.(*resourcelock.LeaseLock).Client
	g.Expect(client.Leases("ns").Delete(t.Context(), "operator", metav1.DeleteOptions{})).To(Succeed())
	g.Expect(a.Update(t.Context(), held("a"))).NotTo(Succeed())
	g.Expect(leads(t, a)).To(MatchError("it is not certain that this process leads"))
	_, _, err = a.Get(t.Context())
	g.Expect(err).To(HaveOccurred())
	g.Expect(leads(t, a)).To(MatchError("leadership lost: Lease ns/operator is gone"))
}

func TestAReleasedLeaseIsLostBeforeItIsReleased(t *testing.T) {
	g := NewWithT(t)
	a, b, _ := candidates()
	g.Expect(a.Create(t.Context(), held("a"))).To(Succeed())
	ctx, cancel := a.proof.While(t.Context())
	defer cancel()
	get(t, a)
	g.Expect(a.Update(t.Context(), held(""))).To(Succeed())
	g.Eventually(ctx.Done()).Should(BeClosed())
	g.Expect(leads(t, a)).To(MatchError("leadership lost: Lease ns/operator was released"))

	get(t, b)
	g.Expect(b.Update(t.Context(), held("b"))).To(Succeed())
	g.Expect(leads(t, b)).To(Succeed())
}

func TestElectionsAreEvents(t *testing.T) {
	g := NewWithT(t)
	a, _, _ := candidates()
	a.RecordEvent("became leader")
	recorder := events.NewFakeRecorder(1)
	a.Recorder = recorder
	a.RecordEvent("became leader")
	g.Expect(recorder.Events).To(Receive(Equal("Normal LeaderElection a became leader")))
}
