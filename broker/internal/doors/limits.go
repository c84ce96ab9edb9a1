// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package doors

import "time"

// Limits bound what strangers cost.
type Limits struct {
	// FailedLogins of one address in a LoginWindow are answered as such; later ones are told to wait.
	FailedLogins int
	LoginWindow  time.Duration

	// Reviews are asked for at once by callers whose token was good before, and as many by all others together.
	Reviews int
	// ReviewsOfSource are those of one address whose token is not known, and MaxWaiting of one address wait for theirs.
	ReviewsOfSource int
	MaxWaiting      int
	// TurnTime is how long somebody waits to be asked about, and ReviewTime how long Kubernetes may take for its answer.
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
