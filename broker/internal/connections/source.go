// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connections

import "net/netip"

// source is an address with connections of strangers.
type source struct{ strangers int }

// SourceOf is whom an address is counted for: its network where it is one of IPv6, because these are given out by networks.
func SourceOf(address string) netip.Prefix {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Prefix{}
	}
	ip := parsed.Addr().Unmap().WithZone("")
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	prefix, _ := ip.Prefix(bits) // both are in range
	return prefix
}
