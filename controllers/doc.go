// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package controllers reconciles the kinds of cloudify.co against Cloudify Managers.
//
// A reconcile is a story of phases: claim (the finalizer, before anything exists outside), resolve (what the spec refers
// to), observe (what the Manager has), and act, which asks nextStep, a pure function, and makes at most one change. Phases
// fill a scope and return errors by consequence. Package phases runs them, the same way for every kind; package outcome says
// what an error means, the kind's status.go words it, and one patch writes it. What a kind does in its own way stands in its
// Reconcile, which names its phases.
//
// No worker waits for an execution: the poller of package watch, one for each Manager, wakes objects when something changed
// there. No worker waits for a Manager either: a reconcile that is about to speak to one takes a slot of it, and ends where
// none is free; package connection keeps the line, and wakes the object when it is its turn.
//
// What decides is in the status or at the Manager, never in the process alone: what a status answers to, since when an
// execution runs, why it was cancelled. So a restart, or another leader, changes nothing that people see, and what is as it
// should be costs neither a request nor a write.
package controllers
