// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package provider turns traces on where OpenTelemetry's standard environment variables ask for them.
//
// The SDK and its exporters read most of the variables themselves, but go on with a default where a value is wrong. Here such a value
// is an error, as it is in a flag: what is said once at the start is not searched for later.
package provider
