// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"cmp"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// Options say what kind of Manager to simulate. The zero value is a 7.1 whose clock stands still.
type Options struct {
	Release string // a key of profiles; "7.1" if empty

	// Plugins are plugins that blueprints can import beside the stand-ins: files NAME.yaml, or folders NAME with a plugin.yaml.
	Plugins fs.FS

	// Now is the clock to follow instead of the simulator's own. Step moves ahead of it.
	Now func() time.Time
	// TimeScale, if positive, lets time run that many times as fast as real time.
	TimeScale float64
	// OperationDuration is what an operation takes that a blueprint says nothing about; 200ms if zero.
	OperationDuration time.Duration
	// Prompt: the worker begins at once, and takes no time for what is no operation.
	Prompt bool

	Username, Password string // admin, admin if empty

	LockAfter int           // bad passwords in a row that lock the account; 5 if zero
	LockFor   time.Duration // 5 minutes if zero
}

// Simulator is one Manager with one tenant, default_tenant, and one user.
type Simulator struct {
	mu      sync.Mutex // guards everything below
	options Options
	profile profile
	clock   clock
	worker  worker
	stamped time.Time // the newest creation time given out
	random  *rand.Rand

	account     account
	maintenance maintenance
	journal     journal
	faults      faults
	broker      broker
	racing      int // races that run

	blueprints   table[blueprint]
	deployments  table[deployment]
	executions   table[execution]
	updates      table[update]
	secrets      table[secret]
	dependencies []*dependency
	events       []*event
	eventCount   int
	nodeCount    int
}

// New makes an empty Manager.
func New(options Options) *Simulator {
	options.Release = cmp.Or(options.Release, "7.1")
	options.OperationDuration = cmp.Or(options.OperationDuration, 200*time.Millisecond)
	options.LockAfter = cmp.Or(options.LockAfter, 5)
	options.LockFor = cmp.Or(options.LockFor, 5*time.Minute)
	profile, known := profiles[options.Release]
	if !known {
		panic("simulator: there is no profile of release " + options.Release)
	}
	s := &Simulator{
		options: options,
		profile: profile,
		clock:   newClock(options),
		worker:  newWorker(options),
		random:  rand.New(rand.NewPCG(7, 1)),
		account: account{
			username: cmp.Or(options.Username, "admin"),
			password: cmp.Or(options.Password, "admin"),
		},
		maintenance: maintenance{status: maintenanceOff},
	}
	s.account.created = s.clock.now()
	return s
}

// Now is the time at the Manager.
func (s *Simulator) Now() time.Time {
	defer s.enter()()
	return s.clock.now()
}

// Step moves the clock on; everything that falls due happens, in order.
func (s *Simulator) Step(d time.Duration) {
	defer s.enter()()
	s.clock.advance(d)
}

// enter locks the simulator, brings it up to the time it is, unless a race runs, and returns the way out.
func (s *Simulator) enter() (leave func()) {
	s.mu.Lock()
	if s.racing == 0 {
		s.clock.catchUp()
	}
	return s.mu.Unlock
}

// stamp is the creation time of a new row: now, but never that of an older row, so that lists
// sorted by it have one order even while the clock stands still.
func (s *Simulator) stamp() time.Time {
	now := s.clock.now()
	if !now.After(s.stamped) {
		now = s.stamped.Add(time.Millisecond)
	}
	s.stamped = now
	return now
}

// syncWait is how long the Manager lets a request wait for a workflow.
const syncWait = 120 * time.Second

// await waits within a request until done, at most for syncWait. A clock that stands still is moved
// here, because nobody else can move it while the request waits.
func (s *Simulator) await(done func() bool) bool {
	deadline := s.clock.now().Add(syncWait)
	for !done() {
		if s.broker.asked || s.clock.now().After(deadline) {
			return false
		}
		if s.clock.stepped {
			s.clock.advanceToNext(deadline)
			continue
		}
		s.mu.Unlock()
		time.Sleep(2 * time.Millisecond)
		s.mu.Lock()
		s.clock.catchUp()
	}
	return true
}

func (s *Simulator) parse(archive *dsl.Archive, mainFile string) (*dsl.Blueprint, error) {
	return dsl.Parse(archive, mainFile, dsl.Options{Release: s.options.Release, Plugins: s.options.Plugins})
}

var _ http.Handler = (*Simulator)(nil)
