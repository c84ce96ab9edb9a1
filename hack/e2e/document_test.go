// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// passage is a part of a document that a test can follow.
type passage struct {
	// line is where it begins.
	line int
	kind passageKind
	text string
}

type passageKind string

const (
	// example is a manifest to apply.
	example passageKind = "yaml"
	// commands are run by a shell and succeed.
	commands passageKind = "sh"
	// output is what the commands right before it print.
	output passageKind = "text"
	// sight is what somebody may see, but not in each run, or at a place where no test goes.
	sight passageKind = "console"
	// happening is a comment, which readers do not see, about what others do at the Manager.
	happening passageKind = "happening"
)

const (
	fence         = "```"
	happeningMark = "<!-- At the Manager: "
)

// readDocument finds the passages of a document in Markdown.
func readDocument(text string) (passages []passage, err error) {
	var open *passage
	for i, line := range strings.Split(text, "\n") {
		switch {
		case open != nil && line == fence:
			passages = append(passages, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		case strings.HasPrefix(line, fence):
			open = &passage{line: i + 1, kind: passageKind(line[len(fence):])}
			if problem := misplaced(open.kind, passages); problem != "" {
				return nil, fmt.Errorf("line %d: %s", i+1, problem)
			}
		case strings.Contains(line, fence):
			return nil, fmt.Errorf("line %d: a fence stands alone, at the beginning of its line", i+1)
		case strings.HasPrefix(line, happeningMark):
			what, whole := strings.CutSuffix(line[len(happeningMark):], ". -->")
			if !whole {
				return nil, fmt.Errorf("line %d: a happening ends in its line, with a full stop", i+1)
			}
			passages = append(passages, passage{line: i + 1, kind: happening, text: what})
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the fence is not closed", open.line)
	}
	return passages, nil
}

// misplaced says why a passage may not stand after those before it, or "".
func misplaced(kind passageKind, before []passage) string {
	switch kind {
	case example, commands, sight:
		return ""
	case output:
		if len(before) > 0 && before[len(before)-1].kind == commands {
			return ""
		}
		return "output stands right after its commands"
	default:
		return fmt.Sprintf("a passage is one of yaml, sh, text and console, not %q", string(kind))
	}
}

// steady takes out of an output what differs from run to run. Columns are as wide as their values, so the spaces go too.
func steady(output string) string {
	for _, differing := range []struct{ pattern, instead string }{
		{`\bk8s-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`, "k8s-UID"},
		{`\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`, "UID"},
		{`\b(k8s-[a-z0-9.-]+)-[0-9a-f]{16}\b`, "$1-HASH"},
		{`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`, "TIME"},
		{`(?m)\b(\d+[smhd]){1,2}$`, "AGE"},
		{`[ \t]+`, " "},
		{`(?m) $`, ""},
	} {
		output = regexp.MustCompile(differing.pattern).ReplaceAllString(output, differing.instead)
	}
	return strings.TrimSpace(output)
}

func TestReadDocument(t *testing.T) {
	g := NewWithT(t)
	passages, err := readDocument("# A title\n\n```yaml\na: 1\n\nb: 2\n```\nText.\n\n" +
		"<!-- At the Manager: the moon rises. -->\n```sh\ndate\n```\n\n```text\ntoday\n```\n```console\nsome day\n```\n")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(passages).To(Equal([]passage{
		{3, example, "a: 1\n\nb: 2\n"}, {10, happening, "the moon rises"}, {11, commands, "date\n"}, {15, output, "today\n"}, {18, sight, "some day\n"},
	}))
	for text, problem := range map[string]string{
		"Text.\n```yaml\na: 1\n":                           "line 2: the fence is not closed",
		"```yml\na: 1\n```\n":                              `line 1: a passage is one of yaml, sh, text and console, not "yml"`,
		"```\na: 1\n```\n":                                 "line 1: a passage is one of",
		"- item\n  ```yaml\n  a: 1\n  ```\n":               "line 2: a fence stands alone",
		"```yaml\na: 1\n```\n```text\ntoday\n```\n":        "line 4: output stands right after its commands",
		"<!-- At the Manager: the moon\n     rises. -->\n": "line 1: a happening ends in its line",
	} {
		_, err := readDocument(text)
		g.Expect(err).To(MatchError(ContainSubstring(problem)), text)
	}
}

func TestSteady(t *testing.T) {
	g := NewWithT(t)
	g.Expect(steady("NAME   AGE\nhello  1m5s\n")).To(Equal(steady("NAME    AGE \nhello   2d\n\n")))
	g.Expect(steady("k8s-5c9ee825-bee8-4fd0-93b1-b6dfecf6dfee is of k8s-my-shop-3f2a9c1b7d04e6aa\n")).To(Equal("k8s-UID is of k8s-my-shop-HASH"))
	g.Expect(steady("provision.5c9ee825-bee8-4fd0-93b1-b6dfecf6dfee.1")).To(Equal("provision.UID.1"))
	g.Expect(steady("since 2026-01-02T03:04:05Z")).To(Equal("since TIME"))
	g.Expect(steady("port 8080")).NotTo(Equal(steady("port 8081")))
	g.Expect(steady("True\n")).NotTo(Equal(steady("False\n")))
}
