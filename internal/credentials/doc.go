// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package credentials makes the credentials of a binding out of a deployment's capabilities and outputs. Controllers and the
// OSB endpoint both use it, so a Secret and an answer hold the same. It is pure: values in, values out.
package credentials
