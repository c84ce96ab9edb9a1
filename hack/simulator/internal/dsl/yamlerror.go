// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// grammarProblems are what our YAML parser says where the Manager's raises a ParserError, which it
// answers as an invalid blueprint; every other trouble (a tab, a bad escape) is a scanner's and makes
// it "failed_parsing".
var grammarProblems = []string{
	"did not find expected <document start>", "did not find expected node content",
	"did not find expected ',' or", "did not find expected key", "did not find expected '-' indicator",
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// yamlError says in the Manager's words that a file is not YAML.
func yamlError(data []byte, purpose string, err error) *Error {
	line, problem := 0, err.Error()
	if m := yamlErrorLine.FindStringSubmatch(problem); m != nil {
		line, _ = strconv.Atoi(m[1])
		problem = m[2]
	}
	text := string(data)
	if context := unclosed(text); context != "" {
		return &Error{StateInvalid, "Invalid blueprint - " + purpose + ": Illegal yaml; " + context}
	}
	if line > 0 {
		problem += "\n" + snippet(text, line, 1)
	}
	for _, known := range grammarProblems {
		if strings.HasPrefix(problem, known) {
			return &Error{StateInvalid, "Invalid blueprint - " + purpose + ": Illegal yaml; " + problem}
		}
	}
	return &Error{StateFailedParsing, "Failed parsing blueprint - " + problem}
}

// unclosed describes the innermost flow collection that is open where the text ends; "" if none is.
func unclosed(text string) string {
	type bracket struct {
		line, column int
		close        byte
	}
	var open []bracket
	line, column := 1, 1
	var quoted byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted == '"' && c == '\\':
			i, column = i+1, column+1
		case quoted != 0:
			if c == quoted {
				quoted = 0
			}
		case (c == '"' || c == '\'') && (i == 0 || strings.IndexByte(" \n[{,:", text[i-1]) >= 0):
			quoted = c
		case c == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\n'):
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case c == '[' && (len(open) > 0 || startsValue(text, i)):
			open = append(open, bracket{line, column, ']'})
		case c == '{' && (len(open) > 0 || startsValue(text, i)):
			open = append(open, bracket{line, column, '}'})
		case len(open) > 0 && c == open[len(open)-1].close:
			open = open[:len(open)-1]
		}
		column++
		if i < len(text) && text[i] == '\n' {
			line, column = line+1, 1
		}
	}
	if len(open) == 0 {
		return ""
	}
	last := open[len(open)-1]
	kind := "mapping"
	if last.close == ']' {
		kind = "sequence"
	}
	return fmt.Sprintf("while parsing a flow %s\n%s\nexpected ',' or '%c', but got '<stream end>'\n%s",
		kind, snippet(text, last.line, last.column), last.close, snippet(text, line, column))
}

// startsValue reports whether a bracket begins a value: only blanks since the line's start or an indicator.
func startsValue(text string, i int) bool {
	before := strings.TrimRight(text[:i], " ")
	return before == "" || strings.IndexByte("\n:-", before[len(before)-1]) >= 0
}

func snippet(text string, line, column int) string {
	lines := strings.Split(text, "\n")
	shown := ""
	if line <= len(lines) {
		shown = lines[line-1]
	}
	return fmt.Sprintf("  in \"<unicode string>\", line %d, column %d:\n    %s\n    %s^",
		line, column, shown, strings.Repeat(" ", column-1))
}
