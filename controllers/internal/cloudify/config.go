// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	defaultMaxInFlight = 16
	defaultTimeout     = 10 * time.Second
	defaultUserAgent   = "cloudify-operator"
)

// How much longer than a read a change may take, and a call that the Manager works
// on while it answers.
const (
	changeFactor  = 3
	patientFactor = 60
)

// Config says which Manager to speak to, as whom, and how fast.
type Config struct {
	// Endpoint is scheme and host, "https://manager.example.com:8443": no user
	// info, path or query.
	Endpoint string
	// Tenant is sent with each request.
	Tenant string
	// Username and Password, or a Token.
	Username, Password, Token string

	// CA holds PEM certificates to trust; nil trusts the system's.
	CA []byte
	// ServerName overrides the name that the Manager's certificate must have.
	ServerName         string
	InsecureSkipVerify bool

	UserAgent string

	// Permit is asked before anything is changed; nil permits everything.
	Permit Permit

	// QPS is a ceiling for the rate of requests, with Burst of them at once; zero:
	// none. Burst zero: as many as come in a second.
	QPS, Burst int
	// MaxInFlight is how many requests may be under way at one time; zero: 16. See
	// Client.MaxInFlight for who counts them.
	MaxInFlight int

	// Timeout bounds one read from when it is sent to the end of its answer. A change
	// gets three times as long, an upload sixty times. Zero means ten seconds.
	Timeout time.Duration
}

// maxInFlight is at most QPS where the rate has a ceiling: more would only wait to be
// sent.
func (c Config) maxInFlight() int {
	most := cmp.Or(c.MaxInFlight, defaultMaxInFlight)
	if c.QPS > 0 {
		most = min(most, c.QPS)
	}
	return most
}

func (c Config) endpoint() (*url.URL, error) {
	endpoint, err := url.Parse(c.Endpoint)
	switch {
	case err != nil:
		// Not the cause: it repeats the text, which may hold a password.
		return nil, errors.New("endpoint is not a URL")
	case endpoint.Scheme != "https" && endpoint.Scheme != "http":
		return nil, errors.New("endpoint must begin with https:// or http://")
	case endpoint.User != nil:
		return nil, errors.New("endpoint must not contain a user name or password")
	case endpoint.Hostname() == "":
		return nil, errors.New("endpoint has no host")
	case strings.Trim(endpoint.Path, "/") != "", endpoint.RawQuery != "", endpoint.ForceQuery, endpoint.Fragment != "":
		return nil, fmt.Errorf("endpoint must be scheme and host only, such as %s://%s", endpoint.Scheme, endpoint.Host)
	}
	return endpoint, c.validate()
}

func (c Config) validate() error {
	basic := c.Username != "" || c.Password != ""
	switch {
	case c.Tenant == "":
		return errors.New("tenant is missing")
	case strings.ContainsAny(c.Tenant, "\r\n"):
		return errors.New("tenant contains a line break")
	case basic && c.Token != "":
		return errors.New("set either a user name and password or a token, not both")
	case !basic && c.Token == "":
		return errors.New("credentials are missing: set a user name and password, or a token")
	case basic && c.Username == "":
		return errors.New("user name is missing")
	case basic && c.Password == "":
		return errors.New("password is missing")
	case strings.Contains(c.Username, ":"):
		return errors.New("user name contains a colon, which HTTP basic authentication does not allow")
	case strings.ContainsAny(c.Token, "\r\n"):
		return errors.New("token contains a line break: store it without one")
	case c.QPS < 0, c.Burst < 0, c.MaxInFlight < 0, c.Timeout < 0:
		return errors.New("limits must not be negative")
	}
	return nil
}
