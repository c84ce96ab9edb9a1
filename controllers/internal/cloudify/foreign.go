// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"unicode"
)

// isForeign reports whether a refusal without an error_code does not come from a Manager: one without a message, or one of
// credentials, to which a Manager always gives a code. What proxies answer when a Manager is away, overloaded or sent too much
// keeps its own meaning, and a Manager itself answers with a page where it has no such route.
func isForeign(status int, words string) bool {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return true
	case status >= http.StatusInternalServerError, status == http.StatusTooManyRequests,
		status == http.StatusRequestEntityTooLarge, status == http.StatusUnsupportedMediaType, unrouted(status):
		return false
	default:
		return words == ""
	}
}

func unrouted(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusNotFound || status == http.StatusMethodNotAllowed
}

// IsDoubtful reports whether the answer does not come from a Manager, or may not: other requests tell which.
func IsDoubtful(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Foreign || e.Code == "" && unrouted(e.StatusCode))
}

const (
	// maxPage is how much of a page is searched for its title.
	maxPage = 16 << 10
	// maxQuoted bounds each thing that is quoted of what answered.
	maxQuoted = 120
)

// beginning keeps the first maxPage bytes that are written to it.
type beginning []byte

func (b *beginning) Write(p []byte) (int, error) {
	*b = append(*b, p[:min(len(p), maxPage-len(*b))]...)
	return len(p), nil
}

var titlePattern = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// described says what is wrong with an answer, and which server seems to have given it: its Server header, and its message
// or the title of its page.
func (c *Client) described(problem string, response *http.Response, content []byte, words string) string {
	text := fmt.Sprintf("HTTP %d from %s %s", response.StatusCode, c.host, problem)
	var who []string
	if server := c.quote(response.Header.Get("Server")); server != "" {
		who = append(who, "server "+server)
	}
	title := ""
	if match := titlePattern.FindSubmatch(content[:min(len(content), maxPage)]); match != nil {
		title = c.quote(html.UnescapeString(string(match[1])))
	}
	switch said := c.quote(words); {
	case said != "":
		who = append(who, fmt.Sprintf("saying %q", said))
	case title != "":
		who = append(who, fmt.Sprintf("page %q", title))
	}
	if len(who) == 0 {
		return text
	}
	return fmt.Sprintf("%s (%s)", text, strings.Join(who, ", "))
}

// noList is the error of an answer to a list that has no items, not even an empty list of them.
func (c *Client) noList(route string) error {
	return &Error{Op: "GET " + route, StatusCode: http.StatusOK, Foreign: true,
		Message: fmt.Sprintf("HTTP %d from %s is not a list of a Cloudify Manager", http.StatusOK, c.host)}
}

// quote makes one short line of what an unknown server says, without the credentials, which some repeat.
func (c *Client) quote(said string) string {
	printable := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(c.masker.text(said), ""))
	line := strings.Join(strings.Fields(printable), " ")
	if len(line) > maxQuoted {
		line = strings.ToValidUTF8(line[:maxQuoted], "") + "…"
	}
	return line
}
