// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// inventory is what Lost asks.
type inventory interface {
	InventoryLost(manager string) (missing, known int, lost bool)
}

// Lost ends the reconcile of an object whose Manager lost its deployments: nothing is created or let go there.
func Lost(w inventory, manager string) error {
	if _, _, lost := w.InventoryLost(manager); !lost {
		return nil
	}
	return outcome.WaitUnseen(0, v1alpha1.ReasonInventoryLost,
		"many deployments vanished from CloudifyManager %s at once; the operator changes nothing there until somebody checks the Manager and sets the annotation %s on the CloudifyManager",
		manager, v1alpha1.RequestedAtAnnotation)
}

// Vanished remembers since when something that existed is not found.
type Vanished struct{ Firsts }

// confirmInterval is when to look again for that list; the poller usually wakes the object before.
const confirmInterval = 5 * time.Second

// lister is what Confirm asks for a list of deployments.
type lister interface {
	inventory
	ListedAt(manager string) time.Time
	ListNow(manager string)
}

// Confirm makes sure, by a list of deployments that began later, that what was there is gone alone and not with many others: a
// Manager that comes back empty must not be filled again. It returns nil when that is sure; what names the thing, for people.
func (v *Vanished) Confirm(lists lister, manager string, uid types.UID, what string) error {
	if lists.ListedAt(manager).After(v.Since(uid, what, time.Now())) {
		return Lost(lists, manager) // which that very list may have found out since the reconcile began
	}
	lists.ListNow(manager)
	return outcome.WaitFor(confirmInterval, v1alpha1.ReasonConfirming, "%s is no longer at the Manager; the operator is making sure before it acts", what)
}
