// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// signs of a bug: two of a crash, of a race where the operator is built with RACE=1, and of a right that its role lacks.
var signs = []string{"panic:", "Observed a panic", "DATA RACE", "is forbidden"}

// problems names what must not be in a log.
func problems(log string, secrets []string) (found []string) {
	for _, secret := range secrets {
		if line := lineWith(log, secret); line != "" {
			found = append(found, "a secret: "+line)
		}
	}
	for _, sign := range signs {
		if line := lineWith(log, sign); line != "" {
			found = append(found, fmt.Sprintf("%q: %s", sign, line))
		}
	}
	return found
}

// lineWith is the first line that holds text.
func lineWith(log, text string) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

// tail is the last lines of a log.
func tail(log string, lines int) string {
	all := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// What is looked for in the logs of all stories would be found there.
func TestProblemsAreFound(t *testing.T) {
	g := NewWithT(t)
	log := "Starting\nlogging in with pw-1\nWARNING: DATA RACE\npods is forbidden: User x\n"

	g.Expect(problems(log, []string{"pw-1", "pw-2"})).To(ConsistOf(
		ContainSubstring("logging in with pw-1"), ContainSubstring("DATA RACE"), ContainSubstring("pods is forbidden")))
	g.Expect(problems("Starting\n", []string{"pw-1"})).To(BeEmpty())
	g.Expect(tail(log, 2)).To(Equal("WARNING: DATA RACE\npods is forbidden: User x"))
}
