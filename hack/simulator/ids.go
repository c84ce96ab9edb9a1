// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import "fmt"

// uuid is a name nobody else has, the same in every run of a test.
func (s *Simulator) uuid() string {
	a, b := s.random.Uint64(), s.random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x",
		a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

// word is n random characters of the alphabet.
func (s *Simulator) word(n int, alphabet string) string {
	w := make([]byte, n)
	for i := range w {
		w[i] = alphabet[s.random.IntN(len(alphabet))]
	}
	return string(w)
}

const (
	lowerAlphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"
	alphanumeric      = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + lowerAlphanumeric
)
