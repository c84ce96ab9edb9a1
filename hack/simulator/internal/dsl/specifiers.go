// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// clause is one of a specifier, such as ">=1.2": an operator, "" for ==, and a release of a plugin.
var clause = regexp.MustCompile(`^\s*([=<>!~]*)\s*([0-9.]+)\s*$`)

// reaches reports whether the releases of a plugin that a specifier allows, such as ">=1.2,<2" or "1.4.10", go as far as one.
func reaches(specifier, release string) bool {
	for text := range strings.SplitSeq(specifier, ",") {
		parts := clause.FindStringSubmatch(text)
		if parts == nil {
			continue
		}
		order := compareReleases(parts[2], release)
		switch parts[1] {
		case "", "==", "===", "<=":
			if order < 0 {
				return false
			}
		case "<":
			if order <= 0 {
				return false
			}
		}
	}
	return true
}

// compareReleases compares 1.10.2 with 1.9, number by number; what is not there counts as 0.
func compareReleases(a, b string) int {
	numbers := func(release string) (n [3]int) {
		for i, text := range strings.SplitN(release, ".", len(n)) {
			n[i], _ = strconv.Atoi(text)
		}
		return n
	}
	first, second := numbers(a), numbers(b)
	return slices.Compare(first[:], second[:])
}
