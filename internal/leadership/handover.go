// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	ctrl "sigs.k8s.io/controller-runtime"
)

const (
	// lastReconciles is how long reconciles may take to end by themselves before the lease is handed over, and handOverTime how
	// long its release may take.
	lastReconciles = time.Second
	handOverTime   = 5 * time.Second
)

// NeedLeaderElection is false: a process that waits for the lease ends its election as well.
func (*Lease) NeedLeaderElection() bool { return false }

// Start hands the lease over as soon as the process is asked to end: while it still serves, another one leads. client-go would
// release it last of all.
func (l *Lease) Start(ctx context.Context) error {
	<-ctx.Done()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastReconciles)
	defer cancel()
	l.proof.retire(ending)
	led := l.proof.lose("this process ends")
	if err := l.end(context.WithoutCancel(ctx), led); err != nil {
		ctrl.LoggerFrom(ctx).Info("Left the lease to run out", "lease", l.Describe(), "why", err.Error())
	}
	return nil
}

// end ends the election for this process, and releases the lease where it is ours.
func (l *Lease) end(ctx context.Context, led bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	if !led || l.taken {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, handOverTime)
	defer cancel()
	record, _, err := l.Interface.Get(ctx)
	if err != nil || record.HolderIdentity != l.Identity() {
		return err
	}
	now := metav1.Now()
	return l.Interface.Update(ctx, resourcelock.LeaderElectionRecord{
		LeaderTransitions: record.LeaderTransitions, LeaseDurationSeconds: 1, RenewTime: now, AcquireTime: now,
	})
}

// heldByNobody is what client-go reads after the end: a lease that it can neither take nor give.
var heldByNobody = resourcelock.LeaderElectionRecord{HolderIdentity: "nobody: this process ends", LeaseDurationSeconds: 3600}

// retire ends what reconciles do: none begins any more, and those that have begun may end until the context does.
func (p *Proof) retire(ctx context.Context) {
	p.mu.Lock()
	p.retired = true
	p.mu.Unlock()
	for p.reconciling() > 0 && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
}

func (p *Proof) reconciling() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running
}

// enter counts a reconcile that begins, unless none may any more.
func (p *Proof) enter() (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.retired {
		return nil, RefusedError("this process ends")
	}
	p.running++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.running--
	}, nil
}
