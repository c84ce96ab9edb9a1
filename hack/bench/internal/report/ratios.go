// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Contest names a row of a table of contests.
type Contest struct {
	Path    string
	Clients int
}

// Ratios reads those that a document records for a part.
func Ratios(document, part string) (map[Contest]float64, error) {
	text, err := os.ReadFile(document)
	if err != nil {
		return nil, err
	}
	content, err := between(string(text), part)
	if err == nil {
		var found map[Contest]float64
		if found, err = parseRatios(content); err == nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("%s: %w", document, err)
}

// parseRatios reads all tables that have the columns of a contest.
func parseRatios(text string) (map[Contest]float64, error) {
	found := map[Contest]float64{}
	var head []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			head = nil
			continue
		}
		words := cells(line)
		switch {
		case head == nil:
			head = words
		case slices.Contains(head, ratioColumn) && !strings.HasPrefix(words[0], "---"):
			contest, ratio, err := parseRow(head, words)
			if err != nil {
				return nil, fmt.Errorf("row %q: %w", line, err)
			}
			found[contest] = ratio
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no ratios are recorded: make bench writes them")
	}
	return found, nil
}

func cells(line string) []string {
	words := strings.Split(strings.Trim(line, "|"), "|")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	return words
}

func parseRow(head, words []string) (Contest, float64, error) {
	if len(words) != len(head) {
		return Contest{}, 0, fmt.Errorf("it has %d columns, not %d", len(words), len(head))
	}
	row := map[string]string{}
	for i, name := range head {
		row[name] = words[i]
	}
	clients, err := strconv.Atoi(row[clientsColumn])
	if err != nil {
		return Contest{}, 0, fmt.Errorf("read its clients: %w", err)
	}
	ratio, err := strconv.ParseFloat(row[ratioColumn], 64)
	if err != nil {
		return Contest{}, 0, fmt.Errorf("read its ratio: %w", err)
	}
	return Contest{Path: row[pathColumn], Clients: clients}, ratio, nil
}
