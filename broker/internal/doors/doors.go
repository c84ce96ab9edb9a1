// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package doors

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/connections"
)

// Config says by which doors callers come in.
type Config struct {
	// Open lets everybody in, to do everything.
	Open bool
	// CredentialsDir has the files username and password, and in a rotation username-next and password-next; empty: passwords
	// are refused.
	CredentialsDir string
	// TokenAudience is the audience that a token must carry; empty: tokens are refused.
	TokenAudience string
	// Namespace is where service instances are: callers with a token need their rights there.
	Namespace string
	// Client creates TokenReviews and SubjectAccessReviews; needed with a TokenAudience.
	Client client.Client
	// Limits bound what strangers cost.
	Limits Limits
	// Now is the time, by which failed logins are counted; nil: time.Now.
	Now func() time.Time
}

// Doors let callers in.
type Doors struct {
	open bool
	// passwords is nil where no folder of credentials was given, tokens where no audience was.
	passwords *passwords
	tokens    *reviewer
	// logins are those that failed.
	logins *logins
}

// New makes the doors of a configuration, which has Limits.
func New(c Config) *Doors {
	d := &Doors{open: c.Open, logins: newLogins(c.Limits)}
	if c.Now != nil {
		d.logins.now = c.Now
	}
	if c.CredentialsDir != "" {
		d.passwords = &passwords{folder: c.CredentialsDir}
	}
	if c.TokenAudience != "" {
		d.tokens = newReviewer(c.Client, c.TokenAudience, c.Namespace, c.Limits)
	}
	return d
}

// Usable is why nobody could come in now; nil: callers can. It reads the folder of credentials, at most once a second.
func (d *Doors) Usable() error {
	if d.passwords == nil || d.open {
		return nil
	}
	return d.passwords.usable()
}

// Caller is who sent a request.
type Caller struct {
	// user is who Kubernetes says it is; nil where it was not asked, and the caller may do everything.
	user *user
}

// trusted is a caller who may do everything.
var trusted = &Caller{}

// Enter finds out who the caller of a request is. From then on its connection is a caller's. Right credentials are never refused
// for the wrong ones that came from the same address.
func (d *Doors) Enter(r *http.Request) (*Caller, error) {
	connection := connections.Of(r)
	connection.Served()
	who, err := d.recognise(r)
	if errors.Is(err, ErrUnauthorized) && d.logins.failed(r) {
		err = &TooManyLoginsError{RetryAfter: d.logins.window}
	}
	if err != nil {
		return nil, err
	}
	connection.Recognise()
	return who, nil
}

// Authorize is why a caller who has entered may not use a verb on a resource; nil: it may.
func (d *Doors) Authorize(ctx context.Context, who *Caller, verb, resource string) error {
	switch {
	case who == nil:
		return ErrUnauthorized
	case who.user == nil:
		return nil
	default:
		return d.tokens.allow(ctx, who.user, verb, resource)
	}
}

// recognise looks at the credentials of a request.
func (d *Doors) recognise(r *http.Request) (*Caller, error) {
	if d.open {
		return trusted, nil
	}
	if name, password, sent := r.BasicAuth(); sent && d.passwords != nil && d.passwords.accept(name, password) {
		return trusted, nil
	}
	if token, sent := bearer(r); sent && d.tokens != nil {
		user, err := d.tokens.identify(r.Context(), token, asker{from: connections.SourceOf(r.RemoteAddr), suspect: d.logins.many(r)})
		if err != nil {
			return nil, err
		}
		return &Caller{user: user}, nil
	}
	return nil, ErrUnauthorized
}

// bearer is the token of a request.
func bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}
