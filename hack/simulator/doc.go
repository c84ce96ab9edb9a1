// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package simulator is a Cloudify Manager in memory: an http.Handler that answers as a real
// Manager of release 7.1 was recorded to answer, with the same states in the same order, the same
// error codes in the same places and the same quirks.
//
// It unpacks and parses real blueprint archives (internal/dsl), keeps blueprints, deployments,
// executions and secrets as rows, and moves them along the Manager's state machines on a clock.
// By default the clock stands still until Step moves it, so a test sees every intermediate state;
// with Options.TimeScale it runs. (A request that asks to wait for a workflow, such as a PUT of a
// deployment without async_create, moves a clock that stands still by itself.) Operations do nothing but take time; a node template says with a
// property named simulate how long each takes, whether it fails and which runtime properties it sets:
//
//	simulate:
//	  create: {duration: 3, runtime_properties: {endpoint: {concat: ["http://", {get_input: host}]}}}
//	  start: {fail: {get_input: fail_message}}
//
// Or the script that an operation or a workflow names says so itself, in a comment on one line. There {get_parameter: x} stands for a
// parameter of the workflow, or an input of the operation. A workflow's script sets properties by node, and can run operations, which
// count; it runs to its end when it is cancelled, unless it heeds that. What check_drift returns is the drift:
//
//	# simulate: {duration: {get_parameter: seconds}, heeds_cancel: true, operations: [vault.rotate], runtime_properties: {store: {saved: yes}}}
//	# simulate: {fail: {concat: ["no tape: ", {get_parameter: reason}]}}
//	# simulate: {create: {runtime_properties: {size: {get_property: [SELF, size]}}}, check_drift: {returns: {size: 7}}}
//
// What a test or demo puts there at once is in instant.go, what other people do at a Manager in people.go, what goes wrong in
// faults.go and messages.go, requests of one moment are in races.go, and what the simulator saw and holds, for assertions, is in journal.go
// and snapshot.go. It shares no code with the operator's client: they are two independent readings of one API.
package simulator
