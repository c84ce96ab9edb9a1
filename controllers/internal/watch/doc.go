// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package watch is the one poll for everybody: it looks at each Manager on behalf of all objects and wakes those for which
// something changed.
//
// One poller a Manager makes three lists: the unfinished executions and, while some are open, uploads, every 2 s while
// something of ours runs and otherwise every 30 s; the deployments, every minute; the blueprints that exist, every 5 minutes,
// or all blueprints as often as discovery wants. An idle object costs no request of its own, and one whose execution runs is
// told from the list how far it is. Everything is level-triggered: a wake-up carries no news, and an object whose row differs
// from what its controller settled on is woken by every list until the two agree. Every ten minutes a census counts from the
// same lists what carries this cluster's label.
//
// The poller and the controllers meet in a ledger, which orders what they say by a count rather than a clock: a list proves
// nothing against what was said after it began, and absence is only what a complete list says. If most deployments of a
// Manager vanish between two lists, the inventory is lost: its CloudifyManager is woken, and no deployment, until somebody
// accepts what is there.
package watch
