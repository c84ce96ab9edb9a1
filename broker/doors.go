// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"errors"
	"net/http"
	"strings"
)

// doors let callers in: with a name and password that the operator was given, or with a token that Kubernetes knows.
type doors struct {
	// open lets everybody in; on loopback addresses only.
	open bool
	// passwords is nil where no folder of credentials was given, tokens where no audience was.
	passwords *passwords
	tokens    *reviewer
	// logins are those that failed; nil: nobody counts them.
	logins *logins
}

// caller is who asks.
type caller struct {
	// user is who Kubernetes says it is; nil where it was not asked, and the caller may do everything.
	user *user
}

type callerKey struct{}

func callerOf(r *http.Request) *caller {
	who, _ := r.Context().Value(callerKey{}).(*caller)
	return who
}

// authenticate finds out who asks. Right credentials are never refused for the wrong ones that came from the same address.
func (d *doors) authenticate(r *http.Request) (*caller, error) {
	who, err := d.recognise(r)
	if errors.Is(err, errUnauthorized) && d.logins != nil && d.logins.failed(r) {
		return nil, errManyLogins
	}
	return who, err
}

// recognise looks at the credentials of a request.
func (d *doors) recognise(r *http.Request) (*caller, error) {
	if d.open {
		return &caller{}, nil
	}
	if name, password, sent := r.BasicAuth(); sent && d.passwords != nil && d.passwords.accept(name, password) {
		return &caller{}, nil
	}
	if token, sent := bearer(r); sent && d.tokens != nil {
		who := asker{from: sourceOf(r.RemoteAddr), suspect: d.logins != nil && d.logins.many(r)}
		user, err := d.tokens.identify(r.Context(), token, who)
		if err != nil {
			return nil, refused(r, err)
		}
		return &caller{user: user}, nil
	}
	return nil, errUnauthorized
}

// authorize asks Kubernetes whether a caller that it knows may do something to instances or bindings.
func (d *doors) authorize(r *http.Request, verb, resource string) error {
	who := callerOf(r)
	switch {
	case who == nil:
		return errUnauthorized
	case who.user == nil:
		return nil
	default:
		return refused(r, d.tokens.allow(r.Context(), who.user, verb, resource))
	}
}

// bearer is the token of a request.
func bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// refused words a refusal for a request: that too much is asked at once is told as for every other overload.
func refused(r *http.Request, err error) error {
	if errors.Is(err, errReviews) {
		return overloaded(r)
	}
	return err
}

// usable tells what is wrong with the doors.
func (d *doors) usable() error {
	if d.open || d.passwords == nil {
		return nil
	}
	return d.passwords.usable()
}
