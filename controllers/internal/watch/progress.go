// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"math"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// progress is how far an execution was when its object was last woken for it.
type progress struct {
	object          types.NamespacedName
	status          string
	finished, total int
	at              time.Time
}

const (
	// progressStep and progressTime are what an object is woken for: so much of the whole, or any movement after so long.
	progressStep = 0.1
	progressTime = 10 * time.Second
)

func progressOf(e *cloudify.Execution, object types.NamespacedName, now time.Time) progress {
	return progress{object: object, status: e.Status, finished: e.FinishedOperations, total: e.TotalOperations, at: now}
}

// moved reports whether e has come far enough since p to wake its object.
func (p progress) moved(e *cloudify.Execution, now time.Time) bool {
	switch {
	case e.Status != p.status:
		return true
	case e.FinishedOperations == p.finished && e.TotalOperations == p.total:
		return false
	case now.Sub(p.at) >= progressTime:
		return true
	default:
		return math.Abs(share(e.FinishedOperations, e.TotalOperations)-share(p.finished, p.total)) >= progressStep
	}
}

func share(finished, total int) float64 { return float64(finished) / float64(max(total, 1)) }
