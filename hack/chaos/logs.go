// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"time"
)

// signs of a bug in a log: of a crash, and of a race where the operator is built with RACE=1.
var signs = []string{"panic:", "Observed a panic", "DATA RACE"}

// forbidden is the sign of a right that the operator's role lacks, unless the API server has just started: until it has read
// the roles, it forbids everything.
const forbidden = "is forbidden"

// searchLogs looks for secrets and signs of bugs in what the operators wrote.
func (w *world) searchLogs() {
	for _, r := range w.replicas {
		data, err := os.ReadFile(r.log())
		if err != nil {
			w.book.fail("read the log of %s: %v", r.name, err)
		}
		for line := range strings.Lines(string(data)) {
			for _, v := range suspicious(line, w.book.starts(w.cluster.etcd.name, w.cluster.apiServer.name)) {
				v.text = r.name + ": " + v.text
				w.book.violate(v)
			}
		}
	}
}

// suspicious judges a line of a log. starts are the times in which the API server was down or started.
func suspicious(line string, starts []period) (found []violation) {
	if strings.Contains(line, secretMark) {
		found = append(found, violation{rule: "secrets stay secret", text: around(line, secretMark)})
	}
	for _, sign := range signs {
		if strings.Contains(line, sign) {
			found = append(found, violation{rule: "no crash and no race", text: brief([]byte(line))})
		}
	}
	var entry struct {
		Time time.Time `json:"ts"`
	}
	if strings.Contains(line, forbidden) && json.Unmarshal([]byte(line), &entry) == nil &&
		!slices.ContainsFunc(starts, func(p period) bool {
			return entry.Time.After(p.from.Add(-time.Second)) && entry.Time.Before(p.to.Add(time.Second))
		}) {
		found = append(found, violation{rule: "the operator has the rights that it needs", text: around(line, forbidden) + forbidden})
	}
	return found
}

// starts are the times in which one of some processes was down or started.
func (b *book) starts(names ...string) []period {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []period
	for _, l := range b.lapses {
		if slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(l.why, name+" ") }) {
			found = append(found, l)
		}
	}
	return found
}
