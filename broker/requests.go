// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// decoder is a request of the protocol that has a body.
type decoder interface {
	Decode([]byte) error
	Validate() error
}

// read fills a request from the body, whatever its Content-Type says, and checks its form.
func read(r *http.Request, request decoder) error {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return unread(err)
	}
	if err := request.Decode(content); err != nil {
		return err
	}
	return request.Validate()
}

// acceptsIncomplete reports whether the platform can wait. Parameters are taken from the URL only: FormValue would eat a body
// that calls itself a form.
func acceptsIncomplete(r *http.Request) bool {
	return r.URL.Query().Get("accepts_incomplete") == "true"
}

// operationOf is what a poll names. Polls are many, so the rest of a query in which nothing is escaped is not decoded.
func operationOf(r *http.Request) string {
	const name = "operation"
	if strings.ContainsAny(r.URL.RawQuery, "%+;") {
		return r.URL.Query().Get(name)
	}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if key, value, _ := strings.Cut(pair, "="); key == name {
			return value
		}
	}
	return ""
}

// originate reads the user in whose name the platform says it asks. It decides nothing, so one that cannot be read is left out.
func originate(r *http.Request) *osb.Identity {
	identity, err := osb.ParseIdentity(r.Header.Get(osb.IdentityHeader))
	if err != nil {
		log.FromContext(r.Context()).Info("Ignored the originating identity", "reason", err.Error())
	}
	return identity
}

// unread is what is wrong with a body that cannot be read.
func unread(err error) error {
	if errors.As(err, new(*http.MaxBytesError)) {
		return &osb.MalformedError{Reason: "the body is larger than " + strconv.Itoa(maxBody) + " bytes"}
	}
	return &osb.MalformedError{Reason: "the body ended early"}
}
