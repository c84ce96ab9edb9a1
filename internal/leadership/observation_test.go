// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// reconciles runs one reconcile of inner under p.
func reconciles(t *testing.T, p *Proof, inner func(context.Context) error) (reconcile.Result, error) {
	t.Helper()
	return p.Reconciler(reconcile.Func(func(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
		return reconcile.Result{RequeueAfter: time.Hour}, inner(ctx)
	})).Reconcile(t.Context(), reconcile.Request{})
}

// What the end of the process cuts off is no error; all else that fails is.
func TestAReconcileThatIsCutOff(t *testing.T) {
	g := NewWithT(t)
	p, c := proofAt(100)
	p.renew(c.now)
	process, end := context.WithCancel(t.Context())
	write := p.Reconciler(reconcile.Func(func(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
		return reconcile.Result{}, errors.Join(errors.New("patch status"), ctx.Err())
	}))
	_, err := write.Reconcile(process, reconcile.Request{})
	g.Expect(err).To(MatchError("patch status"))
	end()
	_, err = write.Reconcile(process, reconcile.Request{})
	g.Expect(err).NotTo(HaveOccurred())
}

func TestAReconcileIsOneObservation(t *testing.T) {
	g := NewWithT(t)
	p, c := proofAt(100)
	p.renew(c.now)
	result, err := reconciles(t, p, func(ctx context.Context) error {
		g.Expect(p.MayBegin(ctx)).To(Succeed())
		c.at(109)
		g.Expect(p.MayBegin(ctx)).To(Succeed())
		return nil
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.RequeueAfter).To(Equal(time.Hour))

	trouble := errors.New("trouble")
	_, err = reconciles(t, p, func(context.Context) error { return trouble })
	g.Expect(err).To(BeIdenticalTo(trouble))
}

// An object whose change was refused is soon reconciled again, without an error or a status.
func TestARefusedChangeIsNoError(t *testing.T) {
	g := NewWithT(t)
	p, c := proofAt(100)
	p.renew(c.now)
	result, err := reconciles(t, p, func(ctx context.Context) error {
		c.at(130) // frozen
		return fmt.Errorf("start install execution: %w", p.MayBegin(ctx))
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.RequeueAfter).To(Equal(again))

	result, err = reconciles(t, p, func(context.Context) error {
		t.Error("nothing is looked at while it is not certain who leads")
		return nil
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.RequeueAfter).To(Equal(again))
}

func TestALostLeadershipEndsReconciles(t *testing.T) {
	g := NewWithT(t)
	p, c := proofAt(100)
	p.renew(c.now)
	_, err := reconciles(t, p, func(ctx context.Context) error {
		p.lose("taken")
		g.Eventually(ctx.Done()).Should(BeClosed())
		return fmt.Errorf("read deployment: %w", ctx.Err())
	})
	g.Expect(err).NotTo(HaveOccurred(), "the end of the process says it")
}

// What a reconcile writes in Kubernetes needs proof; what others write, and what is read, does not.
func TestTransport(t *testing.T) {
	for _, row := range []struct {
		name    string
		method  string
		observe bool
		seconds int
		sent    bool
	}{
		{"a finalizer is removed", http.MethodPatch, true, 101, true},
		{"a finalizer is removed after a freeze", http.MethodPatch, true, 130, false},
		{"an object is deleted after a freeze", http.MethodDelete, true, 130, false},
		{"a Secret is created after a freeze", http.MethodPost, true, 130, false},
		{"a reconcile reads after a freeze", http.MethodGet, true, 130, true},
		{"the OSB endpoint writes, leader or not", http.MethodPost, false, 130, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			sent := false
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent = true }))
			defer server.Close()
			p, c := proofAt(100)
			p.renew(c.now)
			ctx := t.Context()
			if row.observe {
				ctx = p.Observe(ctx)
			}
			c.at(row.seconds)
			request, err := http.NewRequestWithContext(ctx, row.method, server.URL, strings.NewReader("{}"))
			g.Expect(err).NotTo(HaveOccurred())
			answer, err := (&http.Client{Transport: p.Transport(http.DefaultTransport)}).Do(request)
			g.Expect(sent).To(Equal(row.sent))
			if row.sent {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(answer.Body.Close()).To(Succeed())
			} else {
				g.Expect(IsRefused(err)).To(BeTrue(), "got %v", err)
			}
		})
	}
}

// A change that rests on something read before the reconcile is as old as that read.
func TestAChangeIsAsOldAsTheOldestThatItRestsOn(t *testing.T) {
	g := NewWithT(t)
	p, c := proofAt(100)
	p.renew(c.now)
	c.at(105)
	ctx := p.Observe(t.Context())
	g.Expect(p.MayBegin(RestsOn(ctx, Moment(102*time.Second)))).To(Succeed())
	g.Expect(p.MayBegin(RestsOn(ctx, 0))).To(Succeed(), "it rests on nothing else")
	g.Expect(IsRefused(p.MayBegin(RestsOn(ctx, Moment(99*time.Second))))).To(BeTrue(), "it was read before it was certain who leads")
	g.Expect(IsRefused(p.MayBegin(RestsOn(t.Context(), Moment(105*time.Second))))).To(BeTrue(), "without a reconcile there is no observation")

	for now := 105; now <= 133; now += 7 {
		c.at(now)
		p.renew(c.now)
	}
	g.Expect(p.MayBegin(ctx)).To(Succeed())
	g.Expect(IsRefused(p.MayBegin(RestsOn(ctx, Moment(102*time.Second))))).To(BeTrue(), "it was read 31 s ago")
	g.Expect(p.MayBegin(RestsOn(ctx, Moment(120*time.Second)))).To(Succeed(), "but no younger than the reconcile")
}
