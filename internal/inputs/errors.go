// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error lists everything that is wrong with inputs. It holds no values.
type Error struct {
	Problems []Problem
	// noun is what messages call one of them; empty: input.
	noun string
}

// Problem is one thing that is wrong with one input.
type Problem struct {
	Input  string // "port", or "servers[2].port" for a part of it
	Reason string // "must be an integer, not a string: write a number, without quotes"
}

// maxProblems keeps a message readable.
const maxProblems = 20

func (e *Error) Error() string {
	var text []string
	for _, problem := range e.Problems[:min(len(e.Problems), maxProblems)] {
		text = append(text, fmt.Sprintf("%s %.100q %s", cmp.Or(e.noun, "input"), problem.Input, problem.Reason))
	}
	if more := len(e.Problems) - maxProblems; more > 0 {
		text = append(text, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(text, "; ")
}

// problems collects what is wrong; err is nil if nothing is.
type problems []Problem

func (p *problems) add(input, reason string) { *p = append(*p, Problem{input, reason}) }

func (p problems) err(of Schema) error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int { return strings.Compare(a.Input, b.Input) })
	return &Error{Problems: p, noun: of.noun()}
}
