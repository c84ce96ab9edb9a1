// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package loopback gives whoever starts servers on this machine addresses to listen on and a certificate to show there.
package loopback
