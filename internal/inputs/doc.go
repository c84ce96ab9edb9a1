// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package inputs decides which inputs a blueprint accepts, and what they come to.
//
// A Manager finds a wrong type or a violated constraint only in a workflow, after
// the deployment exists, and an update drops names that it does not know. So
// [Validate] reports problems before anything is asked of a Manager: which input, why,
// and what to do about it, never its value. What only the Manager can know, such as
// whether a node type exists, is left to it.
//
// [Effective] is the complete set that a deployment shall have; [Same] compares it
// with the one it has. [RefuseFunctions] keeps users from reading, through an
// intrinsic function, what is not theirs, and [Mask] keeps sensitive values out of
// messages that come from elsewhere. [Schema] is what a blueprint declares, [Input] one
// declaration, as the client decodes it.
//
// The package is pure. Values are what encoding/json decodes; numbers may be of any
// Go type or json.Number.
package inputs
