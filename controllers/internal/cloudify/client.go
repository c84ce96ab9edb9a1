// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// apiPath is served by every release from 4.2 on. Prefixes are not mixed: the
// older ones lack resources and run older handlers.
const apiPath = "/api/v3.1/"

// maxBody bounds an answer. The largest asked for is a blueprint's template, about
// 100 kB for an ordinary one.
const maxBody = 16 << 20

// Client speaks to one tenant of one Manager. It may be used concurrently.
type Client struct {
	base    string // "https://manager.example.com/api/v3.1/"
	host    string
	tenant  string
	http    *http.Client
	masker  masker
	release atomic.Pointer[Release]

	end         context.CancelCauseFunc // closes it
	delay       func() time.Duration
	maxInFlight int
}

// New returns a client for config. It makes no request.
func New(config Config) (*Client, error) {
	endpoint, err := config.endpoint()
	if err != nil {
		return nil, err
	}
	life, end := context.WithCancelCause(context.Background())
	transport, err := newTransport(life, config)
	if err != nil {
		end(nil)
		return nil, err
	}
	return &Client{
		base:   endpoint.Scheme + "://" + endpoint.Host + apiPath,
		host:   endpoint.Host,
		tenant: config.Tenant,
		masker: newMasker(config),
		http: &http.Client{
			Transport: transport,
			// Each hop would carry the credentials, also to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		end:         end,
		delay:       transport.gate.delay,
		maxInFlight: config.maxInFlight(),
	}, nil
}

// Close closes the client: what waits to be sent is not sent, reads that are under
// way are given up, and changes go on to their end.
func (c *Client) Close() {
	c.end(errClosed)
	c.http.CloseIdleConnections()
}

// MaxInFlight is how many requests may be under way at one time. The client does not
// count them: whoever shares it does.
func (c *Client) MaxInFlight() int { return c.maxInFlight }

// Delay is how long a request would have to wait now before it is sent, for the rate
// or because the Manager sent a Retry-After; zero: not at all.
func (c *Client) Delay() time.Duration { return c.delay() }

// do sends a call and decodes the answer into out, unless out is nil.
func (c *Client) do(ctx context.Context, call call, out any) error {
	ctx, span := c.trace(ctx, call)
	err := c.exchange(ctx, call, out, span)
	span.end(err)
	return err
}

func (c *Client) exchange(ctx context.Context, call call, out any, span *span) error {
	request, err := c.request(ctx, call)
	if err != nil {
		return fmt.Errorf("%s: %w", call, err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.lost(ctx, call, err)
	}
	defer response.Body.Close()
	span.answered(response.StatusCode)
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return c.refused(call, response)
	}
	if out == nil {
		// Drained, so that the connection can be used again.
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxBody))
		return nil
	}
	return c.decode(ctx, call, response, out)
}

func (c *Client) request(ctx context.Context, call call) (*http.Request, error) {
	path := call.route
	if strings.Contains(path, "{id}") {
		// An empty id would address the whole collection, a dotted one its parent.
		if call.id == "" || call.id == "." || call.id == ".." {
			return nil, fmt.Errorf("%q is not a valid ID", call.id)
		}
		path = strings.ReplaceAll(path, "{id}", url.PathEscape(call.id))
	}
	target := c.base + path
	if len(call.query) > 0 {
		target += "?" + call.query.Encode()
	}
	body, contentType := call.archive, "application/octet-stream"
	if call.in != nil {
		content, err := json.Marshal(call.in)
		if err != nil {
			return nil, errors.New("the request cannot be encoded as JSON")
		}
		// Compared for equality by the Manager: no charset parameter.
		body, contentType = bytes.NewReader(content), "application/json"
	}
	request, err := http.NewRequestWithContext(context.WithValue(ctx, callKey{}, call), call.method, target, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	if call.archive != nil {
		// A Manager does not accept a chunked upload.
		request.ContentLength = call.size
	}
	return request, nil
}

func (c *Client) decode(ctx context.Context, call call, response *http.Response, out any) error {
	var beginning beginning
	body := io.TeeReader(http.MaxBytesReader(nil, response.Body, maxBody), &beginning)
	decoder := json.NewDecoder(body)
	decoder.UseNumber()
	err := decoder.Decode(out)
	var tooLarge *http.MaxBytesError
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil:
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<10))
		return nil
	case errors.As(err, &tooLarge):
		return &Error{Op: call.String(), StatusCode: response.StatusCode,
			Message: fmt.Sprintf("the answer is larger than %d MiB", tooLarge.Limit>>20)}
	case errors.As(err, &syntax), errors.As(err, &mistyped):
		_, _ = io.CopyN(io.Discard, body, maxPage)
		return &Error{Op: call.String(), StatusCode: response.StatusCode, Foreign: true,
			Message: c.described("is not the answer of a Cloudify Manager", response, beginning, "")}
	default:
		return c.lost(ctx, call, err)
	}
}

// unmarshal is json.Unmarshal that keeps numbers as they are written.
func unmarshal(content []byte, out any) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	return decoder.Decode(out)
}
