// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

const (
	// maxBody of a request.
	maxBody = 256 << 10
	// maxInFlight are the requests that are served at once.
	maxInFlight = 400
)

// requestDuration measures requests. Its route is a template, so no ID becomes a label.
var requestDuration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
	Name:    "cloudify_operator_broker_request_duration_seconds",
	Help:    "Time until a request to the OSB endpoint was answered.",
	Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
}, []string{"method", "route", "code"})

func init() { metrics.Registry.MustRegister(requestDuration) }

// middleware does something before, after or instead of the next handler.
type middleware func(next http.Handler) http.Handler

// chain puts middlewares around a handler, the first outermost.
func chain(h http.Handler, around ...middleware) http.Handler {
	for _, next := range slices.Backward(around) {
		h = next(h)
	}
	return h
}

// check is a middleware that lets a request pass, or refuses it.
func check(refuse func(*http.Request) error) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := refuse(r); err != nil {
				fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// trim takes the slashes away that a URL registered with one at its end has before the path.
func trim(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "//") {
			trimmed, path := *r, *r.URL
			path.Path, path.RawPath = "/"+strings.TrimLeft(path.Path, "/"), ""
			if r.URL.RawPath != "" {
				path.RawPath = "/" + strings.TrimLeft(r.URL.RawPath, "/")
			}
			trimmed.URL = &path
			r = &trimmed
		}
		next.ServeHTTP(w, r)
	})
}

// Headers as net/http keeps them.
var (
	versionHeader         = http.CanonicalHeaderKey(osb.VersionHeader)
	requestIdentityHeader = http.CanonicalHeaderKey(osb.RequestIdentityHeader)
)

// identify sends the identity of the request back, whatever the answer, and logs it.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id := osb.RequestIdentity(r.Header.Get(requestIdentityHeader)); id != "" {
			w.Header().Set(requestIdentityHeader, id)
			r = r.WithContext(log.IntoContext(r.Context(), log.FromContext(r.Context()).WithValues("requestID", id)))
		}
		next.ServeHTTP(w, r)
	})
}

// measure makes the visit of a request, and takes its time by the path of the route that a function finds for it.
func measure(routeOf func(*http.Request) string) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v, r := begin(w, r)
			defer func() {
				v.end()
				requestDuration.WithLabelValues(methodOf(r), routeOf(r), strconv.Itoa(v.answer.status)).Observe(time.Since(v.came).Seconds())
			}()
			next.ServeHTTP(&v.answer, r)
		})
	}
}

// methods that any route has.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete}

// otherMethod stands for the methods that no route has.
const otherMethod = "other"

// methodOf is the method of a request, as a label.
func methodOf(r *http.Request) string {
	if slices.Contains(methods, r.Method) {
		return r.Method
	}
	return otherMethod
}

// survive answers a bug with an error, and logs where it is.
func survive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if bug := recover(); bug != nil {
				log.FromContext(r.Context()).Error(nil, "Handling a request panicked", "panic", bug, "method", r.Method)
				failed(http.StatusInternalServerError, "", "The service broker encountered an internal error.").write(w)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// speaks refuses versions of the protocol that are not ours.
func speaks(r *http.Request) error {
	if !osb.SupportsVersion(r.Header.Get(versionHeader)) {
		return errVersion
	}
	return nil
}

// admit serves as many requests at once as there are slots, and refuses the rest.
func admit(slots chan struct{}) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
				next.ServeHTTP(w, r)
			default:
				fail(w, r, overloaded(r))
			}
		})
	}
}

// bound limits what the body of a request may be.
func bound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
		next.ServeHTTP(w, r)
	})
}
