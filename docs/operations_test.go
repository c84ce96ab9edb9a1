// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package docs keeps the documents from falling behind the sources.
package docs

import (
	"os"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

func TestOperationsNamesEveryReason(t *testing.T) {
	namesAll(t, reasonsOf(t), `Reason\w+ += "(\w+)"`, "`%`")
}

// patient are reasons whose row says what can be done, while their events are Normal all the same.
var patient = map[string]string{
	"AwaitingApproval":  "somebody wants it so",
	"BlueprintNotReady": "the CloudifyBlueprint has an event of its own",
	"InUse":             "what is waited for is mostly being deleted, too",
	"ManagerNotReady":   "the CloudifyManager has an event of its own",
	"NewerPlan":         "nothing moves unasked, and nothing needs to",
	"NewerRevision":     "nothing moves unasked, and nothing needs to",
	"NotInstalled":      "Ready says more",
	"NotFound":          "Ready says more",
	"NotUploaded":       "Ready says more",
	"NotDrifted":        "there is nothing to heal",
	"OutputsMissing":    "the CloudifyDeployment has an event of its own",
	"Paused":            "somebody wants it so",
	"NoOrphans":         "there is nothing to adopt",
	"UpToDate":          "there is nothing to do",
}

// Reasons of Warnings are those that ask a person to act: where the table of reasons says what to do, their events are Warnings.
func TestWarningsAskToAct(t *testing.T) {
	g := NewWithT(t)
	operations, err := os.ReadFile("operations.md")
	g.Expect(err).NotTo(HaveOccurred())
	_, reasons, _ := strings.Cut(string(operations), "\n## Every reason")
	rows := 0
	for line := range strings.Lines(reasons) {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.HasPrefix(line, "| `") {
			continue
		}
		rows++
		remedy := !strings.HasPrefix(cells[2], "nothing")
		for _, match := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(cells[0], -1) {
			_, waits := patient[match[1]]
			// Where two kinds share a reason, one of them may have a remedy.
			if asks := v1alpha1.AsksToAct(match[1]); asks != (remedy && !waits) && match[1] != v1alpha1.ReasonLabelsUnsupported {
				t.Errorf("events of %s ask to act: %v; its row says what to do: %v", match[1], asks, remedy)
			}
		}
	}
	g.Expect(rows).To(BeNumerically(">", 80))
}

// namesAll wants every match of a pattern in a source, written in a certain way, in operations.md.
func namesAll(t *testing.T, code, pattern, form string) {
	t.Helper()
	g := NewWithT(t)
	operations, err := os.ReadFile("operations.md")
	g.Expect(err).NotTo(HaveOccurred())
	found := regexp.MustCompile(pattern).FindAllStringSubmatch(code, -1)
	g.Expect(len(found)).To(BeNumerically(">", 5), "the pattern %s does not fit any more", pattern)
	for _, match := range found {
		word := strings.ReplaceAll(form, "%", match[1])
		g.Expect(string(operations)).To(ContainSubstring(word))
	}
}
