// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	ctrl "sigs.k8s.io/controller-runtime"
)

// readiness is that of the process, whether it leads or not: its caches are filled, and it does not shut down.
type readiness struct{ running atomic.Bool }

// AddReadiness makes a manager ready when it has filled its caches, until it is told to stop.
func AddReadiness(mgr ctrl.Manager) error {
	r := &readiness{}
	if err := mgr.Add(r); err != nil {
		return fmt.Errorf("follow the start of the manager: %w", err)
	}
	if err := mgr.AddReadyzCheck("caches", r.check); err != nil {
		return fmt.Errorf("add the readiness check: %w", err)
	}
	return nil
}

// NeedLeaderElection is false: a process that waits for the lease is ready, too.
func (r *readiness) NeedLeaderElection() bool { return false }

// Start is called by the manager once its caches are filled.
func (r *readiness) Start(ctx context.Context) error {
	r.running.Store(true)
	<-ctx.Done()
	r.running.Store(false)
	return nil
}

func (r *readiness) check(*http.Request) error {
	if !r.running.Load() {
		return errors.New("the process starts, or shuts down")
	}
	return nil
}
