// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// What the book knows about objects, and about what may leave something at a Manager without one.

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

// lapse notes a time in which the operator may have forgotten, or not have seen, what it must know to clear up after an object
// that vanished.
func (b *book) lapse(from time.Time, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lapses = append(b.lapses, period{from, time.Now(), why})
}

// ended returns what notes that a process ended and nobody had requested it.
func (b *book) ended(name string) func(how string) {
	return func(how string) {
		b.note("", "%s ended: %s", name, how)
		b.lapse(time.Now(), name+" ended: "+how)
	}
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

const (
	// prompt is how long the leader needs at most to clear up after an object that vanished, when nothing else is wrong.
	prompt = 10 * time.Second
	// delayed is how long it may need when its Manager was in trouble meanwhile: a lost connection is tried again within a
	// minute.
	delayed = 2 * time.Minute
)

// afflict notes a time in which a Manager was in trouble, so that nothing there can be cleared up.
func (b *book) afflict(manager string, lasts time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.afflictions[manager] = append(b.afflictions[manager], period{from: time.Now(), to: time.Now().Add(lasts)})
}

// excuse says why something at a Manager may be there without an object, "" if nothing explains it: a request that was
// carried out late, finalizers that somebody took away, or a process that ended, or saw no watch, before it could clear up.
func (b *book) excuse(manager, remote string, made time.Time) string {
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
		if l.to.Before(from) {
			continue
		}
		if l.from.Before(to.Add(prompt)) || l.from.Before(to.Add(delayed)) && b.afflicted(manager, to, l.from) {
			return l.why
		}
	}
	return ""
}

// afflicted reports whether a Manager was in trouble between two times; called with mu held.
func (b *book) afflicted(manager string, from, to time.Time) bool {
	return slices.ContainsFunc(b.afflictions[manager], func(p period) bool { return p.from.Before(to) && p.to.After(from) })
}

// see takes over what is new of an object.
func (b *book) see(seen object) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.objects[seen.uid]
	if o == nil {
		o = &object{name: seen.name, uid: seen.uid, born: time.Now()}
		b.objects[seen.uid] = o
	}
	if o.resource != seen.resource {
		o.resource = seen.resource
		b.moves++
	}
	for _, remote := range seen.remotes {
		if b.remotes[remote] != o {
			b.remotes[remote] = o
			o.remotes = append(o.remotes, remote)
		}
	}
	if seen.held && versionNumber(seen.resource) > o.bare {
		o.bare = 0
	}
	o.letsGo = o.letsGo || seen.letsGo
	o.stalled = o.stalled || seen.stalled
	o.operation = max(o.operation, seen.operation)
	if o.condition != seen.condition {
		o.condition = seen.condition
		b.enter(o.name, seen.condition)
	}
}

// hadEarlier reports whether there was another object of a name before.
func (b *book) hadEarlier(name string, uid types.UID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range b.objects {
		if o.name == name && o.uid != uid {
			return true
		}
	}
	return false
}

// gone notes that an object is no more.
func (b *book) gone(uid types.UID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.objects[uid]; o != nil && o.gone.IsZero() {
		o.gone = time.Now()
		b.moves++
		b.enter(o.name, fmt.Sprintf("is gone (uid %s)", uid))
	}
}

// missing notes what a list has no more, of what was known when it was asked for.
func (b *book) missing(listType string, there map[types.UID]bool, asked time.Time) {
	kind := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(listType, "*v1alpha1.Cloudify"), "List")) + "/"
	b.mu.Lock()
	var lost []types.UID
	for uid, o := range b.objects {
		if strings.HasPrefix(o.name, kind) && !there[uid] && o.gone.IsZero() && o.born.Before(asked) {
			lost = append(lost, uid)
		}
	}
	b.mu.Unlock()
	for _, uid := range lost {
		b.gone(uid)
	}
}
