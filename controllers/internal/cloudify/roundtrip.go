// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"cmp"
	"errors"
	"io"
	"net/http"
)

// roundTrip is a RoundTripper made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answerBody tells when an answer has been read to its end or given up.
type answerBody struct {
	io.ReadCloser
	closed func()
	cause  func() error // why it cannot be read any more; may be nil
}

func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && b.cause != nil {
		err = cmp.Or(b.cause(), err)
	}
	return n, err
}

func (b *answerBody) Close() error {
	defer b.closed()
	return b.ReadCloser.Close()
}
