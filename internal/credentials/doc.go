// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package credentials makes the credentials of a binding of a deployment's capabilities and outputs. Controllers and the OSB
// endpoint agree on them by using it; it is pure.
package credentials
