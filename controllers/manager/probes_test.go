// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

var (
	errPassword = answer(401, "unauthorized_error", "User unauthorized")
	errNoRoute  = answer(502, "", "HTTP 502")
)

var config = cloudify.Config{Endpoint: "https://manager.example.com", Tenant: "default_tenant", Username: "admin", Password: "first password"}

// roughly is d and up to a tenth more.
func roughly(d time.Duration) OmegaMatcher {
	return And(BeNumerically(">=", d), BeNumerically("<=", d+d/10))
}

func TestBackOff(t *testing.T) {
	const first, most = time.Minute, 15 * time.Minute
	for failures, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, most, most} {
		for range 100 {
			NewWithT(t).Expect(backOff(first, most, failures)).To(roughly(wait), "after %d failures", failures)
		}
	}
	NewWithT(t).Expect(backOff(first, most, 1000)).To(roughly(most), "no overflow")
}

// Whatever wakes the controller, wrong credentials are tried no more often than this: four in a short time lock the account.
func TestRefusedCredentialsAreTriedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		p := newProbes()
		begin, tries := time.Now(), []time.Duration{}
		for time.Since(begin) < time.Hour {
			if p.of("default", config, "").tooEarly() {
				time.Sleep(time.Second) // something wakes it
				continue
			}
			tries = append(tries, time.Since(begin))
			g.Expect(p.failed("default", newManager(config.Endpoint), errPassword)).To(ends(outcome.Waiting, "Unauthorized"))
		}
		g.Expect(tries).To(HaveLen(7))
		for i, wait := range []time.Duration{1, 2, 4, 8, 15, 15} {
			g.Expect((tries[i+1] - tries[i]).Truncate(time.Second)).To(And(
				BeNumerically(">=", wait*time.Minute), BeNumerically("<=", wait*time.Minute*11/10+time.Second)))
		}
	})
}

func TestALostConnectionIsTriedOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		p := newProbes()
		for _, wait := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
			g.Expect(p.of("default", config, "").tooEarly()).To(BeFalse())
			out := outcome.Classify(p.failed("default", newManager(config.Endpoint), errNoRoute))
			g.Expect(out.Unseen).To(BeTrue())
			g.Expect(out.After).To(roughly(wait * time.Second))
			time.Sleep(out.After - time.Nanosecond)
			g.Expect(p.of("default", config, "").tooEarly()).To(BeTrue())
			time.Sleep(time.Nanosecond)
		}
	})
}

func TestWhatIsTriedAtOnce(t *testing.T) {
	other := config
	other.Password = "second password"
	moved := config
	moved.Endpoint = "https://other.example.com"
	trusting := config
	trusting.CA = []byte("authorities")

	for _, row := range []struct {
		name    string
		manager string
		config  cloudify.Config
		request string
		early   bool
	}{
		{"the same again", "default", config, "monday", true},
		{"a new password", "default", other, "monday", false},
		{"another endpoint", "default", moved, "monday", false},
		{"other authorities", "default", trusting, "monday", false},
		{"a new request", "default", config, "tuesday", false},
		{"another CloudifyManager", "other", config, "monday", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			p := newProbes()
			p.of("default", config, "monday")
			g.Expect(p.failed("default", newManager(config.Endpoint), errPassword)).To(HaveOccurred())
			g.Expect(p.of(row.manager, row.config, row.request).tooEarly()).To(Equal(row.early))
		})
	}
}

// Only what wakes it in between asks for the outcome again; it must read the same, and come back in time.
func TestWaitingRepeatsTheOutcome(t *testing.T) {
	for reason, err := range map[string]error{"Unauthorized": errPassword, "ManagerUnreachable": errNoRoute} {
		t.Run(reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				p := newProbes()
				p.of("default", config, "")
				first := outcome.Classify(p.failed("default", newManager(config.Endpoint), err))
				time.Sleep(time.Second)
				again := outcome.Classify(p.of("default", config, "").waitOn())

				g.Expect(again.After).To(Equal(first.After - time.Second))
				again.After = first.After
				g.Expect(again).To(Equal(first))
			})
		})
	}
}

func TestAGoodAnswerHoldsForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		p := newProbes()
		p.of("default", config, "")
		version := &cloudify.Version{Version: "7.1.0", Edition: "community"}
		g.Expect(p.succeeded("default", version)).To(Equal(time.Hour))

		time.Sleep(time.Hour - time.Second)
		a := p.of("default", config, "")
		g.Expect(a.fresh()).To(BeTrue())
		g.Expect(a.version).To(Equal(version))
		g.Expect(a.remaining()).To(Equal(time.Second))
		time.Sleep(time.Second)
		g.Expect(p.of("default", config, "").fresh()).To(BeFalse())
		g.Expect(p.of("default", config, "").tooEarly()).To(BeFalse())
	})
}

// A connection that held is a fresh start; one that is lost again and again is opened less and less often.
func TestOnlyASteadyConnectionEndsTheBackOff(t *testing.T) {
	for _, row := range []struct {
		name  string
		holds time.Duration
		waits []time.Duration
	}{
		{"lost soon", time.Second, []time.Duration{2, 4, 8, 16}},
		{"lost late", steady, []time.Duration{2, 2, 2, 2}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := NewWithT(t)
				p := newProbes()
				for _, wait := range row.waits {
					p.of("default", config, "")
					p.succeeded("default", &cloudify.Version{Version: "7.1.0"})
					time.Sleep(row.holds)
					g.Expect(p.of("default", config, "").lostSoon()).To(Equal(row.holds < steady))
					out := outcome.Classify(p.failed("default", newManager(config.Endpoint), errNoRoute))
					g.Expect(out.After).To(roughly(wait * time.Second))
					time.Sleep(out.After)
				}
			})
		})
	}
}

func TestForget(t *testing.T) {
	g := NewWithT(t)
	p := newProbes()
	p.of("default", config, "")
	g.Expect(p.failed("default", newManager(config.Endpoint), errPassword)).To(HaveOccurred())
	p.forget("default")
	g.Expect(p.of("default", config, "").tooEarly()).To(BeFalse())
}
