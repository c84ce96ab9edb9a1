// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Section is what a part measured.
type Section struct {
	Name    string
	Machine Machine
	Tables  []Table
	// Figures are drawn into files beside the document, which refers to them itself.
	Figures []Figure
}

// Write puts the section into the document, in place of what was there, and has a plotter draw its figures.
func (s Section) Write(ctx context.Context, document, plotter string) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	changed, err := replace(string(text), s.Name, s.markdown())
	if err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	if err := os.WriteFile(document, []byte(changed), 0o644); err != nil {
		return err
	}
	return draw(ctx, plotter, filepath.Dir(document), s.Figures)
}

func (s Section) markdown() string {
	blocks := []string{s.Machine.String()}
	for _, t := range s.Tables {
		blocks = append(blocks, t.String())
	}
	return strings.Join(blocks, "\n\n")
}

// markers of a part in a document.
func markers(name string) (begin, end string) {
	return "<!-- bench: " + name + " -->", "<!-- end: " + name + " -->"
}

// replace puts content between the markers of a part.
func replace(text, name, content string) (string, error) {
	before, _, after, err := around(text, name)
	if err != nil {
		return "", err
	}
	return before + "\n" + content + "\n" + after, nil
}

// between returns what is between the markers of a part.
func between(text, name string) (string, error) {
	_, content, _, err := around(text, name)
	return content, err
}

// around splits a text at the markers of a part; they stay with what is before and after.
func around(text, name string) (before, content, after string, err error) {
	begin, end := markers(name)
	before, rest, begins := strings.Cut(text, begin+"\n")
	content, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return "", "", "", fmt.Errorf("it has no place for part %s: a line %s and, below it, one %s", name, begin, end)
	}
	return before + begin + "\n", content, end + after, nil
}
