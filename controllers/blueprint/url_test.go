// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// However often a server decodes an allowed URL, it stays below its prefix.
func TestArchiveURLs(t *testing.T) {
	const prefix = "https://a.example.com/b/"
	for name, row := range map[string]struct {
		rest   string
		climbs bool
	}{
		"plain":                            {"c-1.2.zip", false},
		"a query":                          {"c.zip?version=1.2&at=%2Fx", false},
		"an escaped space":                 {"my%20cellar.zip", false},
		"an escaped slash":                 {"projects/infra%2Fcellar/archive.zip", false},
		"an escaped slash, twice":          {"projects/infra%252Fcellar/archive.zip", false},
		"an escaped dot":                   {"c-1%2e2.zip", false},
		"an escaped percent":               {"100%25.zip", false},
		"a percent of nothing":             {"100%.zip", false},
		"half an escape":                   {"c%2", false},
		"an accent":                        {"caf%C3%A9.zip", false},
		"an accent of another character":   {"caf%E9.zip", false},
		"a large letter, as Latin-1":       {"%C0zip", false},
		"a step here":                      {"./c.zip", false},
		"plain dots":                       {"../c.zip", true},
		"encoded once":                     {"%2e%2e/c.zip", true},
		"encoded once, mixed":              {".%2E/c.zip", true},
		"encoded twice":                    {"%252e%252e/c.zip", true},
		"encoded twice, one of the two":    {".%252e/c.zip", true},
		"encoded twice, mixed case":        {"%252E%252e%252Fc.zip", true},
		"encoded twice, the digits":        {"%25%32%65%25%32%65/c.zip", true},
		"encoded three times":              {"%25252e%25252E/c.zip", true},
		"encoded three times, in turns":    {"%2e%25252e/c.zip", true},
		"encoded nine times":               {"%" + strings.Repeat("25", 8) + "2e./c.zip", true},
		"with parameters":                  {"..;x/c.zip", true},
		"with encoded parameters":          {"%252e%252e%253bx/c.zip", true},
		"at the end":                       {"c/%252e%252e", true},
		"in the query":                     {"c.zip?at=%252e%252e/x", true},
		"a backslash":                      {`c\d.zip`, true},
		"a backslash encoded":              {"c%5Cd.zip", true},
		"a backslash encoded twice":        {"c%255cd.zip", true},
		"as characters":                    {"%u002e%U002e/c.zip", true},
		"as characters, encoded":           {"%25u002e%25u002E/c.zip", true},
		"a backslash as a character":       {"c%u005cd.zip", true},
		"overlong":                         {"%c0%ae%C0%AE/c.zip", true},
		"overlong, encoded":                {"%25c0%25ae./c.zip", true},
		"a backslash overlong":             {"c%c1%9cd.zip", true},
		"dots that are apart until decode": {".%2525%2532e/c.zip", true},
	} {
		problem := source{url: prefix + row.rest}.check()
		if row.climbs {
			NewWithT(t).Expect(problem).To(ContainSubstring("spec.source.archive.url"), name)
		} else {
			NewWithT(t).Expect(problem).To(BeEmpty(), name)
		}
	}
}
