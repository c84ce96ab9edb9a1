// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package discovery makes CloudifyBlueprints of the blueprints that a Manager has.
//
// The poller lists them and wakes the CloudifyManager; changesFor, which is pure, compares what was found with what exists; act
// writes the difference, one object after the other. Where nothing changed nothing is written, and the Manager is asked for
// nothing but the list. What becomes of the objects is the business of the controller of CloudifyBlueprints.
//
// An object is discovery's while it carries the label that names the CloudifyManager and fields that discovery owns: what
// people write is never touched, and what people add to an object of discovery's stays theirs.
package discovery
