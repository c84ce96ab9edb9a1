// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	// about says whose history tells how it came to that.
	about []string
	text  string
}

func (v violation) String() string { return fmt.Sprintf("%s: %s", v.rule, v.text) }

// object is one that was seen in the cluster; it stays known when it is gone.
type object struct {
	name      string // as entries are about it
	uid       types.UID
	remotes   []string // what it stands for at the Manager
	letsGo    bool     // it was last seen being let go without its deployment
	born      time.Time
	gone      time.Time // when it was first missed; zero while it is there
	stalled   bool      // it ever was
	held      bool      // it has a finalizer
	bare      int64     // the resource version at which somebody took its finalizers away; 0 once it has one again
	operation int64     // the greatest that was seen applied
	condition string
	resource  string // version
}

// period is a time in which the memory of the operator was lost, or might have missed something.
type period struct {
	from, to time.Time
	why      string
}

// book is what is known of a run. Everybody writes into it.
type book struct {
	begun time.Time

	mu         sync.Mutex
	entries    []entry
	violations []violation
	known      map[string]bool // violations, each is told once
	objects    map[types.UID]*object
	remotes    map[string]*object
	late       map[string]string // by ID at the Manager: what was carried out after its sender had gone
	lapses     []period
	counts     map[string]int // operations and faults, by kind
	moves      int            // whatever shows that something still happens
	drivers    []string       // what the driver itself could not do
	reported   []string       // orphans, as a judgement has them
	explained  []string
	spared     int
}

func newBook() *book {
	return &book{
		begun: time.Now(), known: map[string]bool{}, objects: map[types.UID]*object{}, remotes: map[string]*object{},
		late: map[string]string{}, counts: map[string]int{},
	}
}

// note writes down what happened.
func (b *book) note(about, format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append(b.entries, entry{time.Now(), about, fmt.Sprintf(format, args...)})
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
		b.entries = append(b.entries, entry{time.Now(), about, "VIOLATION " + v.String()})
	}
}

// news tells whether there is a violation that was not told yet.
func (b *book) news(found []violation) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(found, func(v violation) bool { return !b.known[v.String()] })
}

// fail writes down what the driver could not do: the run proves nothing then.
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

// lapse notes a time in which the operator may have forgotten, or not have seen, what it must know to clear up after an object
// that vanished.
func (b *book) lapse(from time.Time, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lapses = append(b.lapses, period{from, time.Now(), why})
}

// delivered notes that a request was carried out after its sender had gone.
func (b *book) delivered(remote, what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.late[remote] = what
}

// wasLate tells what was carried out late on a deployment, "" if nothing.
func (b *book) wasLate(remote string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.late[remote]
}

// letGo is the object that let its deployment go, and since when; nil if none did.
func (b *book) letGo(remote string) (who string, since time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.remotes[remote]; o != nil && o.letsGo && !o.gone.IsZero() {
		return o.name, o.gone
	}
	return "", time.Time{}
}

// about looks a copy of an object up by its UID.
func (b *book) about(uid types.UID) (object, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.objects[uid]; o != nil {
		return *o, true
	}
	return object{}, false
}

// owner looks the object up that stands for something at a Manager, be it gone or not.
func (b *book) owner(remote string) (object, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.remotes[remote]; o != nil {
		return *o, true
	}
	return object{}, false
}

// strip notes that somebody took the finalizers of an object away.
func (b *book) strip(uid types.UID, resourceVersion string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.objects[uid]; o != nil {
		o.bare = versionNumber(resourceVersion)
	}
}

// versionNumber makes resource versions comparable, which they are within a kind.
func versionNumber(resourceVersion string) int64 {
	n, _ := strconv.ParseInt(resourceVersion, 10, 64)
	return n
}

// memory is how long after an object is gone, or something was made for it, a lapse explains that nobody cleared up.
const memory = 30 * time.Second

// excuse says why something at the Manager may be there without an object, "" if nothing explains it: a request that was
// carried out late, finalizers that somebody took away, or a process that ended, or saw no watch, around the end of the object.
func (b *book) excuse(remote string, made time.Time) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if what := b.late[remote]; what != "" {
		return "late delivery: " + what
	}
	o := b.remotes[remote]
	if o == nil {
		// Never seen: it came and went within a moment, around the time at which its deployment was made.
		o = &object{born: made, gone: made}
	}
	if o.bare != 0 {
		return "its finalizers were taken away"
	}
	from, to := o.born, o.gone
	if made.Before(from) {
		from = made
	}
	if made.After(to) {
		to = made
	}
	for _, l := range b.lapses {
		if l.from.Before(to.Add(memory)) && l.to.After(from) {
			return l.why
		}
	}
	return ""
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

// all is everything that happened.
func (b *book) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := make([]string, 0, len(b.entries))
	for _, e := range b.entries {
		lines = append(lines, b.line(e))
	}
	return lines
}

// kindsOf words counts.
func kindsOf(counts map[string]int) string {
	var words []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%s %d", kind, counts[kind]))
	}
	return strings.Join(words, ", ")
}
