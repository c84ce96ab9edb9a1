// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package doors

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/util/cache"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/connections"
)

// maxSources are the addresses whose failed logins are counted.
const maxSources = 4096

// logins counts those that failed, by address, and logs them: a line a minute for each address, and a line a second for all.
// It keeps no right credentials out: many callers may stand behind one address.
type logins struct {
	mu      sync.Mutex
	sources *cache.LRUExpireCache // of *failedLogins
	lines   *rate.Limiter

	// max of one address in a window are not too many.
	max    int
	window time.Duration
	now    func() time.Time
}

// failedLogins are those of one address.
type failedLogins struct {
	since  time.Time // when the window began
	count  int       // in the window
	untold int       // since the last line of the log
}

func newLogins(l Limits) *logins {
	return &logins{sources: cache.NewLRUExpireCache(maxSources), lines: rate.NewLimiter(1, 30), max: l.FailedLogins, window: l.LoginWindow, now: time.Now}
}

// failed notes a login that failed, and reports whether the address has too many of them.
func (l *logins) failed(r *http.Request) bool {
	from := connections.SourceOf(r.RemoteAddr)
	l.mu.Lock()
	defer l.mu.Unlock()
	now, failures := l.now(), l.of(from)
	if now.Sub(failures.since) >= l.window {
		failures.since, failures.count = now, 0
	}
	failures.count++
	failures.untold++
	if failures.count == 1 && l.lines.AllowN(now, 1) {
		log.FromContext(r.Context()).Info("Refused login", "address", from.Addr().String(), "failedLogins", failures.untold)
		failures.untold = 0
	}
	l.sources.Add(from, failures, 2*l.window)
	return failures.count > l.max
}

// many reports whether the address of a request has too many failed logins.
func (l *logins) many(r *http.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	failures := l.of(connections.SourceOf(r.RemoteAddr))
	return failures.count > l.max && l.now().Sub(failures.since) < l.window
}

// of is called with mu held.
func (l *logins) of(from netip.Prefix) *failedLogins {
	if failures, known := l.sources.Get(from); known {
		return failures.(*failedLogins)
	}
	return &failedLogins{}
}
