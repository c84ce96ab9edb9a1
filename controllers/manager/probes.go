// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"crypto/sha256"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

const (
	// releaseInterval is how often a good connection reads the Manager's release again.
	releaseInterval = time.Hour
	// A lost connection is tried again after unreachableFirst, doubled each time up to unreachableMost.
	unreachableFirst, unreachableMost = 2 * time.Second, time.Minute
	// Refused credentials are tried again after refusedFirst, doubled each time up to refusedMost: wrong passwords lock
	// the account, and four in a short time are enough.
	refusedFirst, refusedMost = time.Minute, 15 * time.Minute
	// steady is how long a connection must hold to count as a good one: a Manager that answers its version and fails at
	// everything else would be opened and lost again as fast as it answers.
	steady = time.Minute
)

// probes remembers when each Manager was tried, so that no wake-up makes a refused login more frequent than its back-off.
// The process takes it along: after a restart each Manager is tried at once.
type probes struct {
	mu       sync.Mutex
	attempts map[string]*attempt
}

// attempt is the last try of one Manager with one configuration.
type attempt struct {
	config   [sha256.Size]byte
	request  string
	next     time.Time
	opened   time.Time // when it succeeded; zero once it failed
	failures int
	version  *cloudify.Version
	outcome  error
}

func newProbes() *probes { return &probes{attempts: map[string]*attempt{}} }

// of returns the last attempt; a changed configuration or a new request begins afresh.
func (p *probes) of(name string, config cloudify.Config, request string) attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := digest(config)
	a, ok := p.attempts[name]
	if !ok || a.config != sum || a.request != request {
		a = &attempt{config: sum, request: request}
		p.attempts[name] = a
	}
	return *a
}

func (p *probes) forget(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.attempts, name)
}

// succeeded notes a good answer and returns when to read the release again.
func (p *probes) succeeded(name string, version *cloudify.Version) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.attempts[name]
	a.settle()
	a.opened, a.version, a.outcome, a.next = time.Now(), version, nil, time.Now().Add(releaseInterval)
	return releaseInterval
}

// failed notes a bad answer and returns what it means.
func (p *probes) failed(name string, m *v1alpha1.CloudifyManager, err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.attempts[name]
	a.settle()
	refusal := refusalOf(m, err)
	first, most := unreachableFirst, unreachableMost
	if refusal.credentials {
		first, most = refusedFirst, refusedMost
	}
	delay := backOff(first, most, a.failures)
	a.failures++
	a.next = time.Now().Add(delay)
	a.outcome = refusal.error(delay)
	return a.outcome
}

// settle ends the last connection: failures before it count no more if it was steady.
func (a *attempt) settle() {
	if !a.opened.IsZero() && !a.lostSoon() {
		a.failures = 0
	}
	a.opened = time.Time{}
}

// lostSoon reports whether a connection that is lost now did not hold for long.
func (a attempt) lostSoon() bool { return !a.opened.IsZero() && time.Since(a.opened) < steady }

// fresh reports whether the last answer was good and is not to be asked anew yet.
func (a attempt) fresh() bool {
	return a.version != nil && a.outcome == nil && time.Now().Before(a.next)
}

// tooEarly reports whether the last answer was bad and its back-off is not over.
func (a attempt) tooEarly() bool { return a.outcome != nil && time.Now().Before(a.next) }

// remaining is how long the answer holds, or its back-off lasts.
func (a attempt) remaining() time.Duration { return max(time.Until(a.next), time.Millisecond) }

// waitOn repeats the outcome of the last attempt for the rest of its back-off.
func (a attempt) waitOn() error {
	out := outcome.Classify(a.outcome)
	if out.Unseen {
		return outcome.WaitUnseen(a.remaining(), out.Reason, "%s", out.Message)
	}
	return outcome.WaitFor(a.remaining(), out.Reason, "%s", out.Message)
}

// backOff is first, doubled for each failure before, at most most, and up to a tenth longer so that many do not try at once.
func backOff(first, most time.Duration, failures int) time.Duration {
	d := most
	if failures < 16 && first<<failures < most {
		d = first << failures
	}
	return d + time.Duration(rand.Int64N(int64(d/10)+1)) //nolint:gosec // no secret depends on it
}

// digest tells configurations apart without keeping the credentials.
func digest(config cloudify.Config) [sha256.Size]byte {
	data, err := json.Marshal(config)
	if err != nil {
		panic(err) // a struct of strings, numbers and bytes
	}
	return sha256.Sum256(data)
}
