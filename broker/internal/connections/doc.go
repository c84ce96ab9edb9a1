// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package connections decides which connections to the OSB endpoint are open, and which make room when there are too many. It
// knows TCP, TLS and what the HTTP server says of a connection; whether its credentials were right, the package doors notes on it.
//
// Limit makes a listener that counts, Serve has an HTTP server report to it, and AwaitHandshake goes into the configuration of
// TLS. A request then finds its connection with Of, and its address with SourceOf.
package connections
