// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"cmp"
	"encoding/base64"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// minSecret is how many characters a form of the credentials must have to be masked. A shorter one would make any text
// unreadable; what a short password travels in, the base64 text of user name and password, is longer.
const minSecret = 6

const mask = "******"

// masker takes the connection's own credentials out of what a Manager, or a proxy before it, says: some repeat the request
// that they refuse. It knows each encoding that a request carries them in.
type masker struct{ forms *strings.Replacer }

func newMasker(config Config) masker {
	var forms []string
	add := func(secret string) {
		forms = append(forms, secret, quoted(secret), html.EscapeString(secret))
		for _, escaped := range []string{url.QueryEscape(secret), url.PathEscape(secret)} {
			forms = append(forms, escaped, lowerHex(escaped))
		}
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			encoded := encoding.EncodeToString([]byte(secret))
			forms = append(forms, encoded, url.QueryEscape(encoded), lowerHex(url.QueryEscape(encoded)))
		}
	}
	if config.Token != "" {
		add(config.Token)
	}
	if config.Password != "" {
		add(config.Password)
		add(config.Username + ":" + config.Password)
	}
	forms = slices.DeleteFunc(forms, func(form string) bool { return utf8.RuneCountInString(form) < minSecret })
	// The longest first: of one that holds another, the rest would be shown.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, form := range slices.Compact(forms) {
		pairs = append(pairs, form, mask)
	}
	return masker{strings.NewReplacer(pairs...)}
}

func (m masker) text(said string) string { return m.forms.Replace(said) }

// message is what is kept of the Manager's words.
func (m masker) message(said string) string { return LastLine(m.text(said)) }

// code leaves an error code as it is, even if it is the password: the predicates need it. Anything else in its place is masked.
func (m masker) code(said string) string {
	if errorCode.MatchString(said) {
		return said
	}
	return m.text(said)
}

var errorCode = regexp.MustCompile(`^[a-z_]{1,80}$`)

// hide is err with the same causes, and a message without credentials.
func (m masker) hide(err error) error {
	said := err.Error()
	if masked := m.text(said); masked != said {
		return maskedError{err, masked}
	}
	return err
}

type maskedError struct {
	cause error
	said  string
}

func (e maskedError) Error() string { return e.said }
func (e maskedError) Unwrap() error { return e.cause }

// quoted is how a text reads inside quotation marks.
func quoted(text string) string {
	q := strconv.Quote(text)
	return q[1 : len(q)-1]
}

var percentEncoded = regexp.MustCompile(`%[0-9A-F]{2}`)

// lowerHex is a URL-encoded text as some servers write it.
func lowerHex(encoded string) string {
	return percentEncoded.ReplaceAllStringFunc(encoded, strings.ToLower)
}
