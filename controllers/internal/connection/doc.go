// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package connection is how the controllers come to a Manager: one connection for each CloudifyManager, shared by all that
// talk to it. In the order in which a reconcile meets it:
//
// [Manager] is the contract: all that is asked of a Manager, and what each call promises. A [Connection] is one.
//
// A claim ([Claim]) comes before anything exists at a Manager: the finalizer, and the annotation that ties an object to its
// CloudifyManager for good. [LetGo] ends it.
//
// The [Pool] holds the open connections. The CloudifyManager's controller opens one when the Manager has answered its login
// ([Pool.Open]), and everybody else gets it ([Pool.Get]). Where there is none an object ends as [Pool.Unavailable] says, and is
// woken when one opens ([Pool.Openings]).
//
// A visit ([Pool.Visit]) is one reconcile as far as it speaks to its Manager. A Manager has slots, as many as it is quick enough
// for, and a visitor speaks to it only while it holds one ([Visit.Enter]); it makes one request at a time, so slots bound what is
// under way. Where none is free the visitor takes its place in the line of that Manager, by [Urgency], and its reconcile ends: no
// worker waits. When it is its turn it holds the slot and is woken ([Pool.Turns]). [Visit.End] gives the slot back, with what the
// visit told of the Manager's speed. Uploads take minutes, so they count apart ([Connection.BeginUpload]).
//
// The breaker: an error that ends the connection for everybody ([IsOutage]) trips it ([Connection.Note], which Visit.End calls).
// The connection is closed, everybody else is told that the Manager is unavailable without asking it, and only the
// CloudifyManager's controller, which is woken ([Pool.Trips]), tries the Manager again. Where merely something else may have
// answered, the connection is doubted: it stays, and that controller looks.
//
// [Connection.Template] and [Connection.Blueprint] keep what a blueprint declares, which is large and does not change.
//
// What was there and is not found may be gone, or the Manager may have come back empty: [Vanished] makes sure, by a list that
// began later, and [Lost] holds everything back at a Manager that lost many deployments at once. [Firsts], on which Vanished
// rests, remember since when something is so.
package connection
