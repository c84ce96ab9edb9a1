// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// election is how one of several replicas becomes the leader.
type election struct {
	enabled                                   bool
	leaseDuration, renewDeadline, retryPeriod time.Duration
}

// lease gives the manager its lock, and returns it with the proof of leadership that it makes. A process without an election
// has no lease, and its proof always holds.
func (e election) lease(config *rest.Config, options *ctrl.Options) (*leadership.Lease, *leadership.Proof, error) {
	if !e.enabled {
		return nil, leadership.Alone(), nil
	}
	if err := e.validate(); err != nil {
		return nil, nil, err
	}
	lease, proof, err := leadership.NewLease(config, options.LeaderElectionNamespace, options.LeaderElectionID, e.renewDeadline)
	if err != nil {
		return nil, nil, err
	}
	options.LeaseDuration, options.RenewDeadline, options.RetryPeriod = &e.leaseDuration, &e.renewDeadline, &e.retryPeriod
	options.LeaderElectionResourceLockInterface = lease
	return lease, proof, nil
}

func (e election) validate() error {
	switch {
	case e.retryPeriod <= 0:
		return errors.New("--leader-elect-retry-period must be positive")
	case e.leaseDuration%time.Second != 0:
		return fmt.Errorf("--leader-elect-lease-duration must be whole seconds, not %s: a Lease knows no others", e.leaseDuration)
	case e.leaseDuration <= e.renewDeadline:
		return fmt.Errorf("--leader-elect-lease-duration (%s) must be longer than --leader-elect-renew-deadline (%s): "+
			"else another process leads before this one stops", e.leaseDuration, e.renewDeadline)
	case float64(e.renewDeadline) <= leaderelection.JitterFactor*float64(e.retryPeriod):
		return fmt.Errorf("--leader-elect-renew-deadline (%s) must be longer than %g times --leader-elect-retry-period (%s)",
			e.renewDeadline, leaderelection.JitterFactor, e.retryPeriod)
	}
	return nil
}

// lost is why leadership ended before ctx did, nil if it did not.
func lost(ctx context.Context) error {
	if cause := context.Cause(ctx); leadership.IsLost(cause) {
		return cause
	}
	return nil
}
