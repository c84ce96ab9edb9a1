// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Error is an answer of the Manager other than success.
type Error struct {
	Op         string // "PUT deployments/k8s-5c9e…"
	StatusCode int
	Code       string // the body's error_code, empty if there was none
	// Message is the Manager's own, never more than the last line of a traceback.
	// It may hold values of inputs, but not the connection's credentials.
	Message string
	// Foreign tells that the answer does not come from a Manager, but from a proxy before
	// it or another server. Message says which.
	Foreign bool
	// RetryAfter is the Manager's Retry-After, zero if there is none.
	RetryAfter time.Duration
}

func (e *Error) Error() string {
	if e.Code == "" {
		return e.Op + ": " + e.Message
	}
	return fmt.Sprintf("%s: %s (%s)", e.Op, e.Message, e.Code)
}

// ConnectionError is a request that got no answer, or half of one. Whether the
// Manager carried it out is not known.
type ConnectionError struct {
	Op   string
	Host string
	Err  error

	late   bool // a change that was not answered in time
	unsent bool // there was no connection to send it on
}

func (e *ConnectionError) Error() string { return fmt.Sprintf("%s: %s: %v", e.Op, e.Host, e.Err) }
func (e *ConnectionError) Unwrap() error { return e.Err }

// UnsupportedError is a request that this release of the Manager has no way to
// answer. It was not sent.
type UnsupportedError struct {
	What    string
	Release Release
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("release %s of the Manager does not support %s", e.Release, e.What)
}

// maxErrorBody bounds what is read of a refusal; tracebacks come with it.
const maxErrorBody = 1 << 20

// refused makes an Error of any answer that is not a success.
func (c *Client) refused(call call, response *http.Response) error {
	result := &Error{Op: call.String(), StatusCode: response.StatusCode, RetryAfter: retryAfter(response)}
	content, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
	// Any type: what stands between us and the Manager has formats of its own. The
	// Manager's newer services answer with detail.
	var body struct {
		Code    any `json:"error_code"`
		Message any `json:"message"`
		Detail  any `json:"detail"`
	}
	_ = json.Unmarshal(content, &body) // a body that is not JSON leaves all empty
	code, _ := body.Code.(string)
	message, _ := body.Message.(string)
	detail, _ := body.Detail.(string)
	result.Code, result.Message = c.masker.code(code), c.masker.message(cmp.Or(message, detail))
	result.Foreign = result.Code == "" && isForeign(response.StatusCode, result.Message)
	switch target, err := response.Location(); {
	case err == nil && result.Message == "":
		// A redirect is not followed; a path or query may be anything.
		result.Message = fmt.Sprintf("%s redirects to %s://%s: use the final address as the endpoint", c.host, target.Scheme, target.Host)
	case result.Message == "", result.Foreign:
		result.Message = c.described("without a Cloudify error body", response, content, result.Message)
	}
	return result
}

// lost makes an error of a request without an answer, without its URL: a query may
// hold credentials. A caller that has gone gets its own cancellation.
func (c *Client) lost(ctx context.Context, call call, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	read, outOfTime := call.method == http.MethodGet, errors.Is(context.Cause(ctx), errOutOfTime)
	_, unanswered := errors.AsType[noAnswerError](err)
	switch {
	case IsAbandoned(err):
		return fmt.Errorf("%s: %w", call, err)
	case notPermitted(err) != nil:
		return fmt.Errorf("%s: %w", call, notPermitted(err))
	case read && outOfTime:
		return fmt.Errorf("%s: %w", call, abandonedError{cause: errOutOfTime})
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("%s: %w", call, context.Canceled)
	}
	dial, _ := errors.AsType[*net.OpError](err)
	return &ConnectionError{
		Op: call.String(), Host: c.host, Err: c.masker.hide(err), // masked, because an error about a broken answer quotes it
		late: !read && (unanswered || outOfTime), unsent: dial != nil && dial.Op == "dial",
	}
}

// IsUnsent reports whether nothing of a change left this process: we gave it up before, it was not permitted, or there was no
// connection to send it on.
func IsUnsent(err error) bool {
	if refusal, ok := errors.AsType[permitError](err); ok {
		return !refusal.begun
	}
	e, ok := errors.AsType[*ConnectionError](err)
	return IsAbandoned(err) || ok && e.unsent
}

// IsRefusal reports whether a change was answered, and the answer proves that nothing was done: it was for whoever asked to do
// better.
func IsRefusal(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.StatusCode >= 400 && e.StatusCode < 500 && e.StatusCode != http.StatusRequestTimeout
}

// IsInternal reports whether the Manager broke over a request: it answered 500.
func IsInternal(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.StatusCode == http.StatusInternalServerError
}

// IsLate reports whether the Manager did not answer a change in time. It may still be
// working on it; a read reports whether the Manager is away.
func IsLate(err error) bool {
	e, ok := errors.AsType[*ConnectionError](err)
	return ok && e.late
}

// MayArrive reports whether a change was not answered in time, by the Manager or by a
// gateway before it, so that the Manager may yet carry it out: nothing that is read
// meanwhile proves that it will not.
func MayArrive(err error) bool {
	e, ok := errors.AsType[*Error](err)
	gateway := ok && e.Code == "" && e.StatusCode == http.StatusGatewayTimeout && !strings.HasPrefix(e.Op, http.MethodGet+" ")
	return gateway || IsLate(err)
}

// maxMessage bounds what is kept of the Manager's words.
const maxMessage = 2 << 10

// traceback is how one begins, or goes on: the Manager cuts the beginning off those of workflows [895].
var traceback = regexp.MustCompile(`Traceback |File "[^"\n]*", line \d+`)

// LastLine makes a message of what the Manager reports: the last line of a traceback
// that is not empty, and otherwise all of it, within bounds.
func LastLine(text string) string {
	text = strings.TrimSpace(text)
	if traceback.MatchString(text) {
		text = strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	}
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

// IsUnreachable reports whether the Manager did not answer: no connection, a gateway
// that answered in its place, no answer in time. A change may have been made.
func IsUnreachable(err error) bool {
	if _, ok := errors.AsType[*ConnectionError](err); ok {
		return true
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != "" {
		return false
	}
	switch e.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// IsCertificateError reports whether the Manager's certificate cannot be trusted: a
// CA, a server name or the certificate itself is wrong. Such an error IsUnreachable, too.
func IsCertificateError(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok
}

// IsUnsupported reports whether this release of the Manager lacks a feature.
func IsUnsupported(err error) bool {
	_, ok := errors.AsType[*UnsupportedError](err)
	return ok
}

// RetryAfter is the Retry-After that came with an error, or held it back; or zero.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[abandonedError](err); ok {
		return e.after
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
