// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	ctrl "sigs.k8s.io/controller-runtime"
)

// Election is how one of several replicas becomes the leader.
type Election struct {
	// Enabled turns the election on; without it this process counts as the only one.
	Enabled bool
	// LeaseDuration is how long the others wait for a leader that does not renew its lease, RenewDeadline how long a leader that
	// cannot renew it goes on, RetryPeriod the time between two attempts to renew or acquire it.
	LeaseDuration, RenewDeadline, RetryPeriod time.Duration
}

// Lease gives the manager its lock, and returns it with the proof of leadership that it makes. A process without an election
// has no lease, and its proof always holds.
func (e Election) Lease(config *rest.Config, options *ctrl.Options) (*Lease, *Proof, error) {
	if !e.Enabled {
		return nil, Alone(), nil
	}
	lease, proof, err := NewLease(config, options.LeaderElectionNamespace, options.LeaderElectionID, e.RenewDeadline)
	if err != nil {
		return nil, nil, err
	}
	options.LeaseDuration, options.RenewDeadline, options.RetryPeriod = &e.LeaseDuration, &e.RenewDeadline, &e.RetryPeriod
	options.LeaderElectionResourceLockInterface = lease
	return lease, proof, nil
}

// Validate says what is wrong with the times of an election that takes place.
func (e Election) Validate() error {
	switch {
	case !e.Enabled:
		return nil
	case e.RetryPeriod <= 0:
		return errors.New("--leader-elect-retry-period must be positive")
	case e.LeaseDuration%time.Second != 0:
		return fmt.Errorf("--leader-elect-lease-duration must be whole seconds, not %s, because a Lease cannot hold fractions", e.LeaseDuration)
	case e.LeaseDuration <= e.RenewDeadline:
		return fmt.Errorf("--leader-elect-lease-duration (%s) must be longer than --leader-elect-renew-deadline (%s): "+
			"otherwise another process could lead before this one stops", e.LeaseDuration, e.RenewDeadline)
	case float64(e.RenewDeadline) <= leaderelection.JitterFactor*float64(e.RetryPeriod):
		return fmt.Errorf("--leader-elect-renew-deadline (%s) must be longer than %g times --leader-elect-retry-period (%s)",
			e.RenewDeadline, leaderelection.JitterFactor, e.RetryPeriod)
	}
	return nil
}

// Lost returns how leadership ended before ctx did, nil if it did not.
func Lost(ctx context.Context) error {
	if cause := context.Cause(ctx); IsLost(cause) {
		return cause
	}
	return nil
}
