// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package doors

import "time"

// Limits bound what strangers cost.
type Limits struct {
	// FailedLogins of one address in a LoginWindow are answered as such; later ones as too many.
	FailedLogins int
	LoginWindow  time.Duration

	// Reviews are asked for at once by callers whose token was good before, and as many by all others together.
	Reviews int
	// ReviewsOfSource are asked for at once by callers of one address whose token was not good before; MaxWaiting of them may
	// wait.
	ReviewsOfSource int
	MaxWaiting      int
	// TurnTime is how long a question waits to be asked, and ReviewTime how long Kubernetes may take to answer it.
	TurnTime   time.Duration
	ReviewTime time.Duration

	// AcceptedFor and RefusedFor are how long an answer of Kubernetes is believed, KnownFor how long after it a token is taken
	// for a caller's.
	AcceptedFor time.Duration
	RefusedFor  time.Duration
	KnownFor    time.Duration
}

// DefaultLimits are those of a real endpoint.
func DefaultLimits() Limits {
	return Limits{
		FailedLogins: 60, LoginWindow: time.Minute,
		Reviews: 32, ReviewsOfSource: 4, MaxWaiting: 256, TurnTime: 10 * time.Second, ReviewTime: 10 * time.Second,
		AcceptedFor: time.Minute, RefusedFor: 10 * time.Second, KnownFor: time.Hour,
	}
}
