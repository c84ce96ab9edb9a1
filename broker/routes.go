// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"net/http"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// Resources and verbs that Kubernetes is asked about, in the API group osb.cloudify.co.
const (
	catalogResource  = "catalog"
	instanceResource = "serviceinstances"
	bindingResource  = "servicebindings"

	verbGet    = "get"
	verbCreate = "create"
	verbUpdate = "update"
	verbDelete = "delete"
)

const (
	instancePath = "/v2/service_instances/{instance_id}"
	bindingPath  = instancePath + "/service_bindings/{binding_id}"
)

// route is an operation of the protocol, and what a caller must be allowed to do for it.
type route struct {
	pattern        string
	verb, resource string
	handler        handler
}

func (e *endpoint) routes() []route {
	return []route{
		{"GET /v2/catalog", verbGet, catalogResource, e.catalog.answer},
		{"PUT " + instancePath, verbCreate, instanceResource, e.provision},
		{"GET " + instancePath, verbGet, instanceResource, e.instance},
		{"PATCH " + instancePath, verbUpdate, instanceResource, e.update},
		{"DELETE " + instancePath, verbDelete, instanceResource, e.deprovision},
		{"GET " + instancePath + "/last_operation", verbGet, instanceResource, e.instanceOperation},
		{"PUT " + bindingPath, verbCreate, bindingResource, e.bind},
		{"GET " + bindingPath, verbGet, bindingResource, e.binding},
		{"DELETE " + bindingPath, verbDelete, bindingResource, e.unbind},
		{"GET " + bindingPath + "/last_operation", verbGet, bindingResource, e.bindingOperation},
	}
}

// handler is the endpoint with all checks, in their order.
func (e *endpoint) handler() http.Handler {
	mux := e.newMux()
	return chain(mux,
		trim,
		identify,
		measure(routeIn(mux)),
		survive,
		check(e.enter),
		traced(routeIn(mux)),
		check(speaks),
		admit(e.slots),
		check(cleanPath),
		bound,
	)
}

// elsewhere is the pattern of all paths that no route has.
const elsewhere = "/"

// newMux has the routes. ServeMux alone would answer unknown paths in plain text, and paths that are not clean in HTML.
func (e *endpoint) newMux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, route := range e.routes() {
		mux.Handle(route.pattern, e.guard(route))
	}
	mux.Handle(elsewhere, handler(func(r *http.Request) (*response, error) {
		return nil, notServed(mux, r)
	}))
	return mux
}

// enter finds out who the caller is.
func (e *endpoint) enter(r *http.Request) error {
	caller, err := e.access.Enter(r)
	visitOf(r).caller = caller
	return err
}

// guard answers callers who are allowed to ask, while the endpoint can answer at all.
func (e *endpoint) guard(route route) handler {
	return func(r *http.Request) (*response, error) {
		if err := e.access.Authorize(r.Context(), visitOf(r).caller, route.verb, route.resource); err != nil {
			return nil, err
		}
		if err := e.available(); err != nil {
			return nil, err
		}
		return route.handler(r)
	}
}

// cleanPath refuses paths with empty parts, or steps up and down.
func cleanPath(r *http.Request) error {
	path := r.URL.EscapedPath()
	if !unclean(path) {
		return nil
	}
	if strings.HasPrefix(path, "/v2/service_instances/") {
		return &osb.MalformedError{Reason: "an ID in the path is empty, . or .."}
	}
	return errNoRoute
}

func unclean(path string) bool {
	below, rooted := strings.CutPrefix(path, "/")
	if !rooted {
		return true
	}
	for part := range strings.SplitSeq(below, "/") {
		if part == "" || part == "." || part == ".." {
			return true
		}
	}
	return false
}

// noRoute stands for the path of a request that has no route.
const noRoute = "other"

// routeIn tells the path of the route of a request, as a label. A request that was refused before mux has none yet.
func routeIn(mux *http.ServeMux) func(*http.Request) string {
	return func(r *http.Request) string {
		pattern := r.Pattern
		if pattern == "" && !unclean(r.URL.EscapedPath()) {
			_, pattern = mux.Handler(r)
		}
		if _, path, found := strings.Cut(pattern, " "); found {
			return path
		}
		return noRoute
	}
}

// notServed tells why no route fits.
func notServed(mux *http.ServeMux, r *http.Request) error {
	var allowed []string
	for _, method := range methods {
		try := r.Clone(r.Context())
		try.Method = method
		if _, pattern := mux.Handler(try); pattern != elsewhere {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return errNoRoute
	}
	return &methodError{allowed}
}
