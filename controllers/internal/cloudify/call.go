// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"io"
	"net/http"
	"net/url"
	"strings"
)

// call is one request, before it is HTTP.
type call struct {
	method string
	route  string // "deployments/{id}": what metrics are labelled with
	id     string // stands for {id}
	query  url.Values

	in any // sent as JSON

	archive io.Reader // sent as it is
	size    int64

	patient bool // the Manager may work on it for minutes
}

type callKey struct{}

// callOf returns the call that a request was made for.
func callOf(r *http.Request) call {
	c, _ := r.Context().Value(callKey{}).(call)
	return c
}

// String is what errors call it: "PUT deployments/k8s-5c9e…", without the query.
func (c call) String() string {
	return c.method + " " + strings.ReplaceAll(c.route, "{id}", c.id)
}
