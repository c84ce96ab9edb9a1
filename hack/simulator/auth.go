// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tenantName is the only tenant, as in the community edition.
const tenantName = "default_tenant"

// account is the one user, a system administrator.
type account struct {
	username, password string
	created, lastLogin time.Time
	failures           int
	lockedUntil        time.Time
	tokens             table[token]
}

type token struct {
	id, secret, description string
	expires, used           time.Time
	password                string // that a token of old was made with, and ends with
}

func unauthorized(message string) *apiError {
	return refuse(http.StatusUnauthorized, "unauthorized_error", "User unauthorized: %s", message)
}

const noCredentials = "No authentication info provided"

// authenticate takes Basic first, then a token. It knows no other scheme, and an unknown user gets
// the same answer as missing credentials.
func (s *Simulator) authenticate(r *request) error {
	if encoded, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Basic "); ok {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return unauthorized(noCredentials)
		}
		username, password, _ := strings.Cut(string(decoded), ":")
		return s.login(username, password)
	}
	if value := r.Header.Get("Authentication-Token"); value != "" {
		return s.checkToken(value)
	}
	if value := r.Header.Get("API-Authentication-Token"); value != "" && !s.profile.has(managesTokens) {
		return s.checkToken(value)
	}
	return unauthorized(noCredentials)
}

// login counts bad passwords and locks the account after too many: from then on the right one is
// refused as well, in the same words.
func (s *Simulator) login(username, password string) error {
	a, now := &s.account, s.clock.now()
	if username != a.username {
		return unauthorized(noCredentials)
	}
	refused := unauthorized("Authentication failed for <User username=`" + username + "`>. Wrong credentials or locked account")
	if now.Before(a.lockedUntil) {
		return refused
	}
	if password != a.password {
		if a.failures++; a.failures >= s.options.LockAfter {
			a.failures, a.lockedUntil = 0, now.Add(s.options.LockFor)
		}
		return refused
	}
	a.failures, a.lastLogin = 0, now
	return nil
}

func (s *Simulator) checkToken(value string) error {
	if !s.profile.has(managesTokens) {
		return s.checkSigned(value)
	}
	parts := strings.Split(value, "-")
	if len(parts) != 3 || parts[0] != "ctok" {
		return unauthorized("Invalid token structure")
	}
	t := s.account.tokens.get(parts[1])
	if t == nil || t.secret != parts[2] {
		return unauthorized("Unauthorized")
	}
	if now := s.clock.now(); t.expires.IsZero() || now.Before(t.expires) {
		t.used = now
		return nil
	}
	return unauthorized("Token is expired")
}

// signedLifetime is how long the tokens of the older releases last.
const signedLifetime = 10 * time.Hour

// checkSigned takes a token of the older releases, which nobody can list or revoke.
func (s *Simulator) checkSigned(value string) error {
	t := s.account.tokens.get(value)
	switch {
	case t == nil:
		return unauthorized("Invalid token structure")
	case t.password != s.account.password:
		return unauthorized("Unauthorized")
	case !s.clock.now().Before(t.expires):
		return unauthorized("Token is expired")
	}
	return nil
}

// signToken is what both GET and POST tokens do on the older releases.
func signToken(r *request) (*response, error) {
	s := r.sim
	t := &token{id: "Wy" + s.word(60, alphanumeric), expires: s.clock.now().Add(signedLifetime), password: s.account.password}
	s.account.tokens.add(t.id, t)
	return answer(http.StatusOK, map[string]any{"username": s.account.username, "value": t.id, "role": "sys_admin"})
}

func checkTenant(r *request) error {
	switch name := r.Header.Get("Tenant"); name {
	case tenantName:
		return nil
	case "":
		return refuse(http.StatusForbidden, "forbidden_error", "Authorization failed: tenant not provided")
	default:
		return refuse(http.StatusForbidden, "forbidden_error",
			"Authorization failed: Tried to authenticate with invalid tenant name: %s", name)
	}
}

func (s *Simulator) newToken(description string, expires time.Time) *token {
	t := &token{id: s.word(10, alphanumeric), secret: s.word(40, alphanumeric), description: description, expires: expires}
	s.account.tokens.add(t.id, t)
	return t
}

// tokenFields shows tokens with their secrets masked.
var tokenFields = resource[token]{kind: "Token", fields: []field[token]{
	{name: "id", value: func(t *token) any { return t.id }},
	{name: "value", value: func(t *token) any { return "ctok-" + t.id + "-********" }},
	{name: "expiration_date", value: func(t *token) any { return timestamp(t.expires) }},
	{name: "last_used", value: func(t *token) any { return timestamp(t.used) }},
	{name: "description", value: func(t *token) any { return textOrNull(t.description) }},
}}

func (s *Simulator) showToken(t *token) map[string]any {
	shown := tokenFields.show(t, nil)
	shown["username"], shown["role"] = s.account.username, "sys_admin"
	return shown
}

func listTokens(r *request) (*response, error) {
	if !r.sim.profile.has(managesTokens) {
		return signToken(r)
	}
	tokens := &r.sim.account.tokens
	shown := make([]any, 0, len(tokens.rows))
	for _, t := range tokens.rows {
		shown = append(shown, r.sim.showToken(t))
	}
	return answer(http.StatusOK, envelope(shown, len(shown), r.sim.profile.ListLimit, 0, nil))
}

func getToken(r *request) (*response, error) {
	t := r.sim.account.tokens.get(r.id())
	if t == nil {
		return nil, refuse(http.StatusNotFound, "not_found_error", "Could not find token %s", r.id())
	}
	return answer(http.StatusOK, r.sim.showToken(t))
}

func createToken(r *request) (*response, error) {
	if !r.sim.profile.has(managesTokens) {
		return signToken(r)
	}
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	description, err := body.text("description")
	if err != nil {
		return nil, err
	}
	expiration, err := body.text("expiration_date")
	if err != nil {
		return nil, err
	}
	expires, err := expirationDate(expiration, r.sim.clock.now())
	if err != nil {
		return nil, err
	}
	t := r.sim.newToken(description, expires)
	r.change(t.id)
	shown := r.sim.showToken(t)
	shown["value"] = "ctok-" + t.id + "-" + t.secret
	return answer(http.StatusOK, shown)
}

// expirationDate reads "2027-01-31 12:00" or "+10h"; anything else is an internal error of the Manager.
func expirationDate(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if amount, relative := strings.CutPrefix(text, "+"); relative && len(amount) > 1 {
		units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
		n, err := strconv.Atoi(amount[:len(amount)-1])
		unit, known := units[amount[len(amount)-1]]
		if err == nil && known {
			return now.Add(time.Duration(n) * unit), nil
		}
	}
	expires, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		return time.Time{}, internalError()
	}
	if expires.Before(now) {
		return time.Time{}, badParameters("Expiration date was in the past.")
	}
	return expires, nil
}

func deleteToken(r *request) (*response, error) {
	tokens := &r.sim.account.tokens
	if tokens.get(r.id()) == nil {
		return nil, refuse(http.StatusNotFound, "not_found_error", "Could not find token %s", r.id())
	}
	tokens.remove(r.id())
	r.change(r.id())
	return noContent()
}
