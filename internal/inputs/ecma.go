// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"regexp"
	"strings"
)

// isECMA reports whether a regular expression that Go compiles is one of ECMA-262 too, which JSON Schema asks for, with and
// without its flag for Unicode. A platform's validator refuses the whole schema of a plan over one that is not.
func isECMA(expression string) bool {
	quantifiable := false // whether what stands before is something that can be repeated
	for rest := expression; rest != ""; {
		atom := ecmaAtom.FindString(rest)
		switch {
		case atom != "":
			rest, quantifiable = rest[len(atom):], true
			continue
		case strings.HasPrefix(rest, "["):
			class := ecmaClass.FindString(rest)
			if class == "" {
				return false
			}
			rest, quantifiable = rest[len(class):], true
			continue
		}
		quantifier := ecmaQuantifier.FindString(rest)
		if quantifier != "" {
			if !quantifiable {
				return false
			}
			rest, quantifiable = rest[len(quantifier):], false
			continue
		}
		assertion := ecmaAssertion.FindString(rest)
		if assertion == "" {
			return false
		}
		rest, quantifiable = rest[len(assertion):], assertion == ")"
	}
	return true
}

// escaped is a character written with a backslash, or a class of such.
const escaped = `\\(?:[dDwWsStnrfv^$\\.*+?()[\]{}|/]|x[0-9A-Fa-f]{2})`

var (
	ecmaAtom = regexp.MustCompile(`^(?:[^\\^$.*+?()[\]{}|]|\.|` + escaped + `)`)
	// A dash stands first, last, as a range of single characters, or escaped.
	ecmaClass      = regexp.MustCompile(`^\[\^?-?(?:` + single + `-` + single + `|` + escaped + `|\\-|[^\\\]-])+-?\]`)
	ecmaQuantifier = regexp.MustCompile(`^(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??`)
	ecmaAssertion  = regexp.MustCompile(`^(?:\^|\$|\||\(\?:|\(|\)|\\[bB])`)
)

const single = `(?:[^\\\]-]|\\[tnrfv^$\\.*+?()[\]{}|/-]|\\x[0-9A-Fa-f]{2})`
