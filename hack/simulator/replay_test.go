// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// recorded is one exchange with a real Manager, several at once, or a poll: every change seen.
type recorded struct {
	N         int
	Name      string
	Exchanges []recordedExchange
	Timeline  []sighting
}

type recordedExchange struct {
	Request struct {
		Method, Path string
		Query        map[string]any
		Headers      map[string]string
		Body         *recordedBody
	}
	Response struct {
		Status      int
		ContentType string
		Body        *recordedBody
	}
}

// recordedBody is a body in one of its forms; what was cut out of it says so.
type recordedBody struct {
	JSON    any
	Text    string
	Archive string // a folder of testdata/blueprints
	Format  string
	Form    *struct {
		Params       map[string]any
		ParamsAsFile bool
		Archive      string
	}
}

// sighting is what a poll saw change.
type sighting struct {
	What  string
	Value map[string]any
}

func loadRecorded(t *testing.T) []recorded {
	t.Helper()
	names, err := filepath.Glob("testdata/exchanges/*.jsonl")
	if err != nil || len(names) == 0 {
		t.Fatalf("no recorded exchanges: %v", err)
	}
	var all []recorded
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var r recorded
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all = append(all, r)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// replay sends what was recorded to a simulator, in order, and compares the answers.
type replay struct {
	t   *testing.T
	sim *Simulator
	ids map[string]string // recorded → the simulator's

	translator *strings.Replacer // of so many IDs
	translated int

	site *httptest.Server // where archive URLs lead

	uncounted bool     // the total that was recorded
	late      []func() // delivers what was held up
}

func newReplay(t *testing.T) *replay {
	r := &replay{t: t, sim: New(Options{}), ids: map[string]string{}, translator: strings.NewReplacer()}
	r.site = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		if hr.URL.Path != "/static/tiny.tar.gz" {
			http.NotFound(w, hr)
			return
		}
		_, _ = w.Write(archiveOf(t, "tiny", "tar.gz"))
	}))
	t.Cleanup(r.site.Close)
	return r
}

// TestReplay is the simulator's claim: that it answers what the recorded Manager answered.
func TestReplay(t *testing.T) {
	r := newReplay(t)
	var first, second share
	for _, exchange := range loadRecorded(t) {
		for _, prepare := range preparations[exchange.N] {
			prepare(r)
		}
		of := &first
		if exchange.N >= secondRecording {
			of = &second
		}
		of.all++
		if reason := leftOut(exchange.N); reason != "" {
			of.leftOut++
			continue
		}
		if differences := r.play(exchange); len(differences) > 0 {
			t.Errorf("%d %s:\n  %s", exchange.N, exchange.Name, strings.Join(differences, "\n  "))
			continue
		}
		of.reproduced++
	}
	t.Logf("the first recording: %s; from %d on: %s", first, secondRecording, second)
}

// share is how much of a recording is reproduced.
type share struct{ all, reproduced, leftOut int }

func (s share) String() string {
	return fmt.Sprintf("reproduced %d of %d exchanges, %.1f %%; %d are left out, each with a reason",
		s.reproduced, s.all, 100*float64(s.reproduced)/float64(s.all), s.leftOut)
}

func (r *replay) play(exchange recorded) []string {
	if exchange.Timeline != nil {
		return r.poll(exchange.Timeline)
	}
	if _, raced := races[exchange.N]; raced {
		return r.race(exchange)
	}
	var differences []string
	for _, e := range exchange.Exchanges {
		differences = append(differences, r.exchange(e)...)
	}
	return differences
}

// race sends the requests of a race one after the other, without waiting for answers, and then the others.
func (r *replay) race(exchange recorded) []string {
	race, g := races[exchange.N], NewWithT(r.t)
	defer r.sim.Race(race.route, race.looks...)()
	arrived := func() int { return r.sim.RequestCount(race.route) }
	answers := make([]*httptest.ResponseRecorder, len(exchange.Exchanges))
	var running sync.WaitGroup
	for _, i := range race.racers {
		request, before := r.request(exchange.Exchanges[i]), arrived()
		answers[i] = httptest.NewRecorder()
		running.Go(func() { r.sim.ServeHTTP(answers[i], request) })
		g.Eventually(arrived).Should(Equal(before + 1))
	}
	running.Wait()
	var differences []string
	for _, i := range race.racers {
		differences = append(differences, r.compareAnswer(exchange.Exchanges[i], answers[i])...)
	}
	for i, e := range exchange.Exchanges {
		if answers[i] == nil {
			differences = append(differences, r.exchange(e)...)
		}
	}
	return differences
}

func (r *replay) exchange(e recordedExchange) []string {
	if e.Response.Status == 0 {
		return r.unanswered(e)
	}
	answer := httptest.NewRecorder()
	r.sim.ServeHTTP(answer, r.request(e))
	return r.compareAnswer(e, answer)
}

// unanswered sends a request whose client gave up.
func (r *replay) unanswered(e recordedExchange) (differences []string) {
	patience, giveUp := context.WithTimeout(r.t.Context(), 20*time.Millisecond)
	defer giveUp()
	answer := httptest.NewRecorder()
	defer func() {
		switch reason := recover(); {
		case reason == nil:
			differences = []string{fmt.Sprintf("answered %d, recorded no answer", answer.Code)}
		case reason != http.ErrAbortHandler: //nolint:errorlint // a panic's value
			panic(reason)
		case patience.Err() == nil:
			differences = []string{"the connection was dropped, recorded no answer"}
		}
	}()
	r.sim.ServeHTTP(answer, r.request(e).WithContext(patience))
	return nil
}

// request is the one that was recorded.
func (r *replay) request(e recordedExchange) *http.Request {
	path := r.translate(e.Request.Path)
	query := url.Values{}
	for name, value := range e.Request.Query {
		values, several := value.([]any)
		if !several {
			values = []any{value}
		}
		for _, v := range values {
			query.Add(name, r.address(r.translate(fmt.Sprint(v))))
		}
	}
	body, contentType := r.body(e.Request.Body)
	target := &url.URL{Scheme: "http", Host: "manager", RawQuery: query.Encode()}
	var err error
	if target.Path, err = url.PathUnescape(path); err != nil {
		r.t.Fatal(err)
	}
	target.RawPath = path
	request := httptest.NewRequest(e.Request.Method, target.String(), bytes.NewReader(body))
	for name, value := range e.Request.Headers {
		request.Header.Set(name, r.translate(value))
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	return request
}

// body makes a body of what was recorded, and its content type if that says how to read it.
func (r *replay) body(b *recordedBody) (body []byte, contentType string) {
	switch {
	case b == nil:
		return nil, ""
	case b.Archive != "":
		return archiveOf(r.t, b.Archive, b.Format), ""
	case b.Form != nil:
		params, err := json.Marshal(b.Form.Params)
		if err != nil {
			r.t.Fatal(err)
		}
		text := strings.ReplaceAll(string(params), "http://manager.example", r.site.URL)
		var buffer bytes.Buffer
		form := multipart.NewWriter(&buffer)
		create := form.CreateFormField
		if b.Form.ParamsAsFile {
			create = func(name string) (io.Writer, error) { return form.CreateFormFile(name, name) }
		}
		part, err := create("params")
		if err != nil {
			r.t.Fatal(err)
		}
		_, _ = part.Write([]byte(text))
		if b.Form.Archive != "" {
			if part, err = form.CreateFormFile("blueprint_archive", "filename"); err != nil {
				r.t.Fatal(err)
			}
			_, _ = part.Write(archiveOf(r.t, b.Form.Archive, "tar.gz"))
		}
		if err := form.Close(); err != nil {
			r.t.Fatal(err)
		}
		return buffer.Bytes(), form.FormDataContentType()
	case b.Text != "":
		return []byte(b.Text), ""
	default:
		data, err := json.Marshal(b.JSON)
		if err != nil {
			r.t.Fatal(err)
		}
		return []byte(r.translate(string(data))), ""
	}
}

// translate puts the simulator's IDs in the place of recorded ones.
func (r *replay) translate(text string) string {
	if len(r.ids) != r.translated {
		longestFirst := slices.SortedFunc(maps.Keys(r.ids), func(a, b string) int { return len(b) - len(a) })
		var pairs []string
		for _, recorded := range longestFirst {
			pairs = append(pairs, recorded, r.ids[recorded])
		}
		r.translator, r.translated = strings.NewReplacer(pairs...), len(r.ids)
	}
	return r.translator.Replace(text)
}

// address leads archive URLs to the test's site; one led nowhere.
func (r *replay) address(text string) string {
	if text == "http://manager.example/nosuch.tar.gz" {
		return "http://127.0.0.1:9/nosuch.tar.gz"
	}
	return strings.ReplaceAll(text, "http://manager.example", r.site.URL)
}

// get reads an object as a poll does.
func (r *replay) get(path string) (int, map[string]any) {
	request := httptest.NewRequest(http.MethodGet, apiRoot+path, nil)
	request.SetBasicAuth("admin", "admin")
	request.Header.Set("Tenant", tenantName)
	answer := httptest.NewRecorder()
	r.sim.ServeHTTP(answer, request)
	var decoded map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &decoded); err != nil {
		r.t.Fatalf("GET %s: %v", path, err)
	}
	return answer.Code, decoded
}

// settle lets everything end that goes on.
func settle(r *replay) { r.sim.Step(time.Minute) }
