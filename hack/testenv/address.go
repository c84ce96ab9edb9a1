// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"testing"

	"github.com/cloudify-operator/cloudify-operator/hack/loopback"
)

// FreeAddress is an address on loopback where nobody listens, for a process that a test starts.
func FreeAddress(tb testing.TB) string {
	tb.Helper()
	var address string
	if err := loopback.Addresses(&address); err != nil {
		tb.Fatal(err)
	}
	return address
}
