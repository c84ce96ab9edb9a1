// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package doors decides who comes in to the OSB endpoint, and what callers may do: those with a name and password that the
// operator was given may do everything, those with a token that Kubernetes knows may do what Kubernetes says. It bounds what
// strangers cost, and keeps no caller out for what strangers do.
//
// What it refuses ends in one of the errors of errors.go. What each of them means to a platform is not decided here.
package doors
