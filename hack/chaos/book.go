// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// entry is one thing that happened.
type entry struct {
	at time.Time
	// about is the object, as kind/namespace/name, or the ID of a deployment or blueprint at a Manager; "" is of everybody's
	// concern.
	about, text string
}

// violation is a promise that was not kept.
type violation struct {
	// rule is the promise, in a few words.
	rule string
	// about names the objects whose history explains the violation.
	about []string
	text  string
}

func (v violation) String() string { return fmt.Sprintf("%s: %s", v.rule, v.text) }

// book is what is known of a run. Everybody writes into it.
type book struct {
	begun time.Time

	mu          sync.Mutex
	sink        io.Writer // gets each entry as it is made
	entries     []entry
	violations  []violation
	known       map[string]bool // violations; each is reported once
	objects     map[types.UID]*object
	remotes     map[string]*object
	late        map[string]string // by ID at the Manager: what was carried out after its sender had gone
	lapses      []period
	afflictions map[string][]period // by Manager
	counts      map[string]int      // operations and faults, by kind
	runs        map[string]int      // how often the workflow of a CloudifyExecution was started, by its mark
	moves       int                 // whatever shows that something still happens
	drivers     []string            // what the driver itself failed to do
	reported    []string            // orphans, as a judgement has them
	explained   []string
	spared      int
}

func newBook() *book {
	return &book{
		begun: time.Now(), sink: io.Discard, known: map[string]bool{}, objects: map[types.UID]*object{}, remotes: map[string]*object{},
		late: map[string]string{}, afflictions: map[string][]period{}, counts: map[string]int{}, runs: map[string]int{},
	}
}

// note writes down what happened.
func (b *book) note(about, format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.enter(about, fmt.Sprintf(format, args...))
}

// enter adds an entry; called with mu held.
func (b *book) enter(about, text string) {
	e := entry{time.Now(), about, text}
	b.entries = append(b.entries, e)
	_, _ = fmt.Fprintln(b.sink, b.line(e)) // a copy for whoever looks on: an error does no harm
}

// count counts an operation or a fault.
func (b *book) count(class, kind string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[class+" "+kind]++
}

// counted are the counts of a class, by kind.
func (b *book) counted(class string) map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := map[string]int{}
	for name, n := range b.counts {
		if kind, ok := strings.CutPrefix(name, class+" "); ok {
			found[kind] = n
		}
	}
	return found
}

// violate writes down a promise that was not kept, once.
func (b *book) violate(v violation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known[v.String()] {
		return
	}
	b.known[v.String()] = true
	b.violations = append(b.violations, v)
	for _, about := range v.about {
		b.enter(about, "VIOLATION "+v.String())
	}
}

// news reports whether there is a violation that was not reported yet.
func (b *book) news(found []violation) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(found, func(v violation) bool { return !b.known[v.String()] })
}

// fail notes what the driver failed to do: the run then proves nothing.
func (b *book) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	b.note("", "the driver: %s", text)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drivers = append(b.drivers, text)
}

func (b *book) failures() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.drivers)
}

func (b *book) found() []violation {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.violations)
}

// moved notes that something still happens.
func (b *book) moved() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.moves++
}

func (b *book) movements() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.moves
}

// history is what happened to some objects, with all that concerned everybody meanwhile.
func (b *book) history(about ...string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	concerned := map[string]bool{}
	for _, name := range about {
		concerned[name] = true
		if o := b.remotes[name]; o != nil {
			concerned[o.name] = true
		}
	}
	for _, o := range b.objects {
		if concerned[o.name] {
			for _, remote := range o.remotes {
				concerned[remote] = true
			}
		}
	}
	var first, last time.Time
	for _, e := range b.entries {
		if concerned[e.about] {
			if first.IsZero() {
				first = e.at
			}
			last = e.at
		}
	}
	var lines []string
	for _, e := range b.entries {
		if concerned[e.about] || e.about == "" && e.at.After(first.Add(-time.Minute)) && e.at.Before(last.Add(time.Second)) {
			lines = append(lines, b.line(e))
		}
	}
	return lines
}

func (b *book) line(e entry) string {
	return fmt.Sprintf("%8.3f  %s  %s", e.at.Sub(b.begun).Seconds(), e.about, e.text)
}

// kindsOf words counts.
func kindsOf(counts map[string]int) string {
	var words []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%s %d", kind, counts[kind]))
	}
	return strings.Join(words, ", ")
}
