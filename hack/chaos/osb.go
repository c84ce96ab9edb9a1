// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// answer is what a platform gets.
type answer struct {
	status int
	text   string
	body   map[string]any
}

// word is a member of the answer that is a string, or nothing.
func (a answer) word(member string) string {
	word, _ := a.body[member].(string)
	return word
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.text) }

// passing reports whether the answer only asks the client to try again.
func (a answer) passing() bool {
	return a.status == http.StatusTooManyRequests || a.status >= 500
}

// busy reports whether the instance has something else to do first.
func (a answer) busy() bool {
	return a.status == http.StatusUnprocessableEntity && a.word("error") == "ConcurrencyError"
}

// broken reports whether the instance could not be created, so that it cannot be used.
func (a answer) broken() bool {
	return a.status == http.StatusUnprocessableEntity && strings.HasPrefix(a.word("description"), "the service instance could not be created")
}

// ask sends a request to a replica once.
func (w *world) ask(ctx context.Context, replica int, limit time.Duration, method, path string, body any) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		content = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+w.replicas[replica].endpoint+"/v2/"+path, content)
	if err != nil {
		return answer{}, err
	}
	r.SetBasicAuth(platformUser, platformPassword)
	r.Header.Set("X-Broker-API-Version", "2.17")
	r.Header.Set("Content-Type", "application/json")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: got.StatusCode, text: strings.TrimSpace(string(text))}
	if err := json.Unmarshal(text, &a.body); err != nil {
		return a, fmt.Errorf("%s %s: %w: %s", method, path, err, text)
	}
	return a, nil
}

// persist sends a request to any replica, until one gives an answer other than "try again". unanswered: some attempt got no
// answer, so it may still be carried out.
func (w *world) persist(ctx context.Context, dice *rand.Rand, about, method, path string, body any) (a answer, unanswered bool, err error) {
	deadline := time.Now().Add(patience)
	for attempt := 0; ; attempt++ {
		limit := 10 * time.Second
		if attempt == 0 && dice.IntN(8) == 0 {
			limit = within(dice, 0.002, 0.05) // a client that does not wait
		}
		replica := dice.IntN(replicas)
		a, err = w.ask(ctx, replica, limit, method, path, body)
		told := fmt.Sprintf("a platform asks operator-%d: %s %s", replica, method, strings.SplitN(path, "?", 2)[0])
		switch {
		case err != nil:
			unanswered = unanswered || method != http.MethodGet
			w.book.note(about, "%s: no answer: %v", told, err)
			w.book.count("operation", "platform repeats")
		case !a.passing():
			if method != http.MethodGet {
				w.book.note(about, "%s: %s", told, mask(a.String()))
			}
			return a, unanswered, nil
		default:
			err = fmt.Errorf("%s: %s", told, a)
			w.book.note(about, "%s: %s", told, a)
		}
		if time.Now().After(deadline) || !sleep(ctx, within(dice, 0.2, 1)) {
			return a, unanswered, err
		}
	}
}

// mask hides what the driver's log need not show.
func mask(text string) string {
	if before, _, found := strings.Cut(text, secretMark); found {
		return before + "…"
	}
	return text
}

func instancePath(id string) string { return "service_instances/" + id }

// ids are the query that names service and plan.
func ids(service, plan string) string {
	return url.Values{"service_id": {service}, "plan_id": {service + "-" + plan}}.Encode()
}
