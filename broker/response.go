// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// response is an answer before it is written. Writing it changes nothing in it, so one may answer many requests.
type response struct {
	status int
	// body is any that has the form of a JSON object, or []byte that have it already.
	body any
	// header adds to what every answer has.
	header http.Header
	// retryAfter becomes the header Retry-After; zero: there is none.
	retryAfter time.Duration
}

func ok(body any) *response      { return &response{status: http.StatusOK, body: body} }
func created(body any) *response { return &response{status: http.StatusCreated, body: body} }

// asked answers what was asked for: with an operation it has begun, without one it is done.
func asked(body any, operation string) *response {
	if operation != "" {
		return &response{status: http.StatusAccepted, body: body}
	}
	return ok(body)
}

// polled answers how far an operation is.
func polled(operation *osb.LastOperation) *response {
	return &response{status: http.StatusOK, body: operation, retryAfter: operation.RetryAfter}
}

// Headers that many answers have; nobody writes to them.
var (
	isJSON  = []string{"application/json"}
	noStore = []string{"no-store"}
)

func (a *response) write(w http.ResponseWriter) {
	header := w.Header()
	header["Content-Type"] = isJSON
	header["Cache-Control"] = noStore // credentials are among the answers
	maps.Copy(header, a.header)
	if a.retryAfter > 0 {
		seconds := (a.retryAfter + time.Second - 1) / time.Second
		header.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	if a.status == http.StatusNotModified {
		w.WriteHeader(a.status)
		return
	}
	body, err := encode(a.body)
	if err != nil { // a bug: our own types have a JSON form
		panic(err)
	}
	header.Set("Content-Length", strconv.Itoa(len(body))) // or a large answer would be sent in chunks
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // a platform that does not read the answer asks again
}

// encode leaves <, > and & as they are: credentials are made of them.
func encode(body any) ([]byte, error) {
	if encoded, done := body.([]byte); done {
		return encoded, nil
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(body)
	return buffer.Bytes(), err
}
