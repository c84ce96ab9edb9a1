// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// result is what came of a seed.
type result struct {
	Release    string         `json:"release"`
	Seed       uint64         `json:"seed"`
	Duration   string         `json:"duration"`
	Took       string         `json:"took"`
	Objects    int            `json:"objects"`
	Operations map[string]int `json:"operations"`
	Faults     map[string]int `json:"faults"`
	Violations []string       `json:"violations"`
	// Reported are the orphans that CloudifyManagers report, Explained those that they do not and that a lost process or a
	// late request explains. Spared counts breaches by requests whose senders had gone.
	Reported  []string `json:"reportedOrphans"`
	Explained []string `json:"explainedOrphans"`
	Spared    int      `json:"spared"`
	// Failures are what the driver could not do: the run proves nothing then.
	Failures []string `json:"failures,omitempty"`

	histories []string
}

// orphans adds what is at a Manager without an object.
func (b *book) orphans(j judgement) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reported, b.explained = union(b.reported, j.reported), union(b.explained, j.explained)
}

func (b *book) spare(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spared += n
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// result sums the book up.
func (b *book) result(o options, seed uint64) result {
	r := result{
		Release: o.release, Seed: seed, Duration: o.duration.String(), Operations: b.counted("operation"), Faults: b.counted("fault"),
		Violations: []string{}, Failures: b.failures(),
	}
	delete(r.Faults, string(calm))
	for _, v := range b.found() {
		r.Violations = append(r.Violations, v.String())
		r.histories = append(r.histories, fmt.Sprintf("VIOLATION %s\n  %s\n", v, strings.Join(b.history(v.about...), "\n  ")))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	r.Objects, r.Reported, r.Explained, r.Spared = len(b.objects), append([]string{}, b.reported...), append([]string{}, b.explained...), b.spared
	if n := len(b.entries); n > 0 {
		r.Took = b.entries[n-1].at.Sub(b.begun).Round(1e9).String()
	}
	return r
}

// replay is the command that does the same again.
func replay(release string, seed uint64, duration any) string {
	return fmt.Sprintf("make chaos SEEDS=%d DURATION=%s RELEASE=%s", seed, duration, release)
}

// tell words a result for people.
func (r result) tell() string {
	var text strings.Builder
	for _, history := range r.histories {
		text.WriteString(history)
	}
	for _, failure := range r.Failures {
		fmt.Fprintf(&text, "THE DRIVER FAILED: %s\n", failure)
	}
	if len(r.histories)+len(r.Failures) > 0 {
		fmt.Fprintf(&text, "To replay: %s\n", replay(r.Release, r.Seed, r.Duration))
	}
	fmt.Fprintf(&text, "release %s seed %d (%s, took %s): %d objects, %d operations, %d faults (%s): %d violations, %d reported and %d explained orphans, %d late breaches\n",
		r.Release, r.Seed, r.Duration, r.Took, r.Objects, sum(r.Operations), sum(r.Faults), kindsOf(r.Faults), len(r.Violations), len(r.Reported), len(r.Explained), r.Spared)
	return text.String()
}

func sum(counts map[string]int) (total int) {
	for n := range maps.Values(counts) {
		total += n
	}
	return total
}

const resultsFile = "results.jsonl"

// save adds a result to those of the folder.
func (r result) save(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(dir, resultsFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return json.NewEncoder(file).Encode(r)
}

// readResults reads the results of a folder; of a run that was repeated the newest.
func readResults(dir string) ([]result, error) {
	file, err := os.Open(filepath.Join(dir, resultsFile))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	newest := map[string]result{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var r result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, err
		}
		newest[fmt.Sprintf("%s %05d %s", r.Release, r.Seed, r.Duration)] = r
	}
	var all []result
	for _, key := range slices.Sorted(maps.Keys(newest)) {
		all = append(all, newest[key])
	}
	return all, lines.Err()
}

// table is that of docs/reliability.md: a row for each release and duration.
func table(results []result) string {
	type row struct {
		seeds                                                                      []string
		objects, operations, faults, violations, reported, explained, late, failed int
	}
	rows := map[string]*row{}
	for _, r := range results {
		key := r.Release + " | " + r.Duration
		if rows[key] == nil {
			rows[key] = &row{}
		}
		one := rows[key]
		one.seeds = append(one.seeds, fmt.Sprint(r.Seed))
		one.objects += r.Objects
		one.operations += sum(r.Operations)
		one.faults += sum(r.Faults)
		one.violations += len(r.Violations)
		one.reported += len(r.Reported)
		one.explained += len(r.Explained)
		one.late += r.Spared
		one.failed += len(r.Failures)
	}
	var text strings.Builder
	text.WriteString("| release | duration | seeds | objects | operations | faults | violations | reported orphans | explained orphans | late breaches |\n" +
		"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, key := range slices.Backward(slices.Sorted(maps.Keys(rows))) {
		r := rows[key]
		fmt.Fprintf(&text, "| %s | %s | %d | %d | %d | %d | %d | %d | %d |\n", key, strings.Join(r.seeds, " "),
			r.objects, r.operations, r.faults, r.violations, r.reported, r.explained, r.late)
		if r.failed > 0 {
			fmt.Fprintf(&text, "| %s | the driver failed %d times | | | | | | | |\n", key, r.failed)
		}
	}
	return text.String()
}
