// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package dsl reads Cloudify blueprints the way the Manager does: archive bytes in, a parsed
// blueprint out. It knows nothing of HTTP, clocks or state; what an intrinsic function asks about
// a deployment it asks a Scope, what an input of an object type asks about the Manager an Inventory.
//
// The story of an upload is Unpack, Parse; that of a deployment CheckInputNames (answered within
// the request), PrepareInputs (found by the create workflow), EvaluateStatic (what is resolved when
// the deployment is created) and Evaluate (what is resolved on each read); that of an execution
// Workflow.CheckParameters. Messages are the Manager's own, as recorded of release 7.1.
//
// Values from outside are JSON decoded with UseNumber, so that 3 and 3.0 stay different; integers are
// int64 inside. What a Blueprint hands out is shared: nobody changes it.
package dsl
