// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package cloudify is a client of the REST API of a Cloudify Manager, releases 4.2 to 7.1.
//
// It knows HTTP, not policy. A method is one request, or one list read to its
// end: nothing is retried, nothing is waited for, nothing is logged. Absence is
// an error with a predicate ([IsNotFound]), never nil, nil. The predicates of
// codes.go and errors.go say what an answer means, by the Manager's error_code
// before the HTTP status; what a release can do stands in one table, releases.go.
// What each call promises its callers stands in connection.Manager.
//
// A request passes through a chain (transport.go): the gate, where it waits for the
// rate and for the end of a Retry-After, changes before reads; the time limit; the
// Permit, without which nothing is changed, and which is asked again before the first
// byte; the metrics; the credentials. How many are under way is counted by whoever
// shares the Client.
//
// Numbers in free-form values (inputs, outputs, parameters) are json.Number, so
// that 64-bit integers survive. Errors never hold inputs, parameters or
// credentials of ours. The Manager's own words may hold inputs, so whoever shows
// them masks secrets first; the connection's credentials are masked here.
package cloudify
