// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package cloudify is a client of the REST API of a Cloudify Manager, releases 4.2 to 7.1.
//
// It knows HTTP, not policy. A method is one request, or one list read to its
// end: nothing is retried, nothing is waited for, nothing is logged. Absence is
// an error with a predicate ([IsNotFound]), never nil, nil. What an answer means
// is told by the predicates of errors.go, which go by the Manager's error_code
// before the HTTP status; what a release can do stands in one table, releases.go.
//
// A Retry-After of the Manager holds all users of a Client back, and so does a
// rate if one is set; calls that change something go before calls that read. How
// many are under way is counted by whoever shares it. Nothing is changed without
// leave of its Permit, which is asked again before the first byte.
//
// Numbers in free-form values (inputs, outputs, parameters) are json.Number, so
// that 64-bit integers survive. Errors never hold inputs, parameters or
// credentials of ours; the Manager's own words may hold inputs, so whoever shows
// them masks what is secret first. The connection's credentials are masked here.
package cloudify
