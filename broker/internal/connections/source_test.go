// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
)

func TestSources(t *testing.T) {
	for address, source := range map[string]string{
		"192.0.2.1:80":             "192.0.2.1/32",
		"[::ffff:192.0.2.1]:80":    "192.0.2.1/32",
		"[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1":         "fe80::/64",
		"@":                        "invalid Prefix",
	} {
		NewWithT(t).Expect(fmt.Sprint(SourceOf(address))).To(Equal(source))
	}
}
