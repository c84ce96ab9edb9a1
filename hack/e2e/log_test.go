// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"os/exec"
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
	if line := repetitive(log); line != "" {
		found = append(found, "a key twice: "+line)
	}
	for _, sign := range signs {
		if line := lineWith(log, sign); line != "" {
			found = append(found, fmt.Sprintf("%q: %s", sign, line))
		}
	}
	return found
}

// repetitive is the first line that has a key twice.
func repetitive(log string) string {
	for line := range strings.Lines(log) {
		decoder := json.NewDecoder(strings.NewReader(line))
		if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
			continue // no line of ours
		}
		keys := map[any]bool{}
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				break
			}
			if keys[key] {
				return line
			}
			keys[key] = true
			if err := decoder.Decode(new(json.RawMessage)); err != nil {
				break
			}
		}
	}
	return ""
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

// logged are the outcomes that the log tells of the story's object of a kind.
func (s *story) logged(kind string) (outcomes []string) {
	for line := range strings.Lines(s.operator.output()) {
		var said struct {
			Level, Msg, Name, Namespace, Reason string
			Kind                                string `json:"controllerKind"`
		}
		if json.Unmarshal([]byte(line), &said) != nil || said.Level != "info" || said.Kind != kind {
			continue
		}
		if said.Namespace != s.Name && said.Name != s.Name || said.Msg != "Stalled" && said.Msg != "Became ready" {
			continue
		}
		outcomes = append(outcomes, strings.TrimSpace(said.Msg+" "+said.Reason))
	}
	return outcomes
}

// What is looked for in the logs of all stories would be found there.
func TestProblemsAreFound(t *testing.T) {
	g := NewWithT(t)
	log := "Starting\nlogging in with pw-1\nWARNING: DATA RACE\npods is forbidden: User x\n" +
		`{"msg":"a","id":{"id":1}}` + "\n" + `{"msg":"b","id":1,"id":2}` + "\n"

	g.Expect(problems(log, []string{"pw-1", "pw-2"})).To(ConsistOf(
		ContainSubstring("logging in with pw-1"), ContainSubstring("DATA RACE"), ContainSubstring("pods is forbidden"), ContainSubstring(`"msg":"b"`)))
	g.Expect(problems("Starting\n", []string{"pw-1"})).To(BeEmpty())
	g.Expect(tail("one\ntwo\nthree\n", 2)).To(Equal("two\nthree"))
}

// Whoever reads a log knows from its first line which build wrote it.
func TestLogBeginsWithTheVersion(t *testing.T) {
	g := NewWithT(t)
	said, err := exec.Command(repositoryPath(t, "bin", "manager"), "--version").Output()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(said)).To(MatchRegexp(`^cloudify-operator \S+, commit \S+, \S+\n$`))

	line, _, _ := strings.Cut(startOperator(t).output(), "\n")
	var first struct{ Version, Commit, Date string }
	g.Expect(json.Unmarshal([]byte(line), &first)).To(Succeed(), line)
	g.Expect(fmt.Sprintf("cloudify-operator %s, commit %s, %s\n", first.Version, first.Commit, first.Date)).To(Equal(string(said)))
}
