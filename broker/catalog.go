// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// catalog keeps the answer to GET /v2/catalog. The first request makes it; from then on each change of the offerings makes it
// anew, and platforms get the last one meanwhile.
type catalog struct {
	render func(context.Context) (*osb.Catalog, error)
	// changes counts what may make the answer another.
	changes atomic.Int64
	// current is the page that was made last; nil: none yet.
	current atomic.Pointer[page]
	// following is that somebody makes pages of changes.
	following atomic.Bool

	// mu is held by who makes a page. encoded are the offerings of the last one, by their IDs.
	mu      sync.Mutex
	encoded map[string]encodedOffering
}

// page is the catalog as it is sent.
type page struct {
	// changes are those that it answers to.
	changes int64
	content []byte
	// etag is made of the content, so that replicas agree. It is weak: what is compressed has the same one.
	etag string
	// plain and zipped are the content, and known is for who has it already.
	plain, zipped, known *response
}

// encodedOffering is an offering as it is sent.
type encodedOffering struct {
	offering osb.Service
	content  []byte
}

// restFactor is how many times longer than it takes to make a page the rest after it is: the more a catalog costs, the more
// changes go into one page.
const restFactor = 10

// errorRest is the rest where no page could be made.
const errorRest = 2 * time.Second

// changed notes that offerings may be others, and waits for nothing.
func (c *catalog) changed() {
	c.changes.Add(1)
	c.followUp()
}

// followUp has somebody make a page, if there are changes that the last one does not answer to.
func (c *catalog) followUp() {
	if last := c.current.Load(); last != nil && last.changes != c.changes.Load() && c.following.CompareAndSwap(false, true) {
		go c.follow()
	}
}

func (c *catalog) follow() {
	began, rest := time.Now(), errorRest
	if c.remake() {
		rest = restFactor * time.Since(began)
	}
	time.Sleep(rest)
	c.following.Store(false)
	c.followUp() // with what has changed meanwhile
}

// remake makes a page while nobody waits for it, and reports whether there is one. A bug that an offering brings out ends nothing
// else: it is logged, as one that a request met is.
func (c *catalog) remake() (made bool) {
	logger := log.Log.WithName("osb")
	defer func() {
		if bug := recover(); bug != nil {
			logger.Error(nil, "Rendering the catalog panicked, so it stays as it was", "panic", bug)
		}
	}()
	if _, err := c.make(context.Background()); err != nil {
		logger.Error(err, "Cannot render the catalog, so it stays as it was")
		return false
	}
	return true
}

// page is the last one. Whoever comes before the first is made waits for it.
func (c *catalog) page(ctx context.Context) (*page, error) {
	if last := c.current.Load(); last != nil {
		return last, nil
	}
	made, err := c.make(ctx)
	c.followUp() // with what changed before there was a page
	return made, err
}

// make makes a page of what is offered now, unless the last one is that.
func (c *catalog) make(ctx context.Context) (*page, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changes, last := c.changes.Load(), c.current.Load() // before the offerings are read: what comes later is seen the next time
	if last != nil && last.changes == changes {
		return last, nil
	}
	offered, err := c.render(ctx)
	if err != nil {
		return nil, err
	}
	content, err := c.encode(offered)
	if err != nil {
		return nil, err
	}
	var made *page
	if last != nil && bytes.Equal(last.content, content) {
		same := *last
		made = &same
	} else {
		made = newPage(content)
	}
	made.changes = changes
	c.current.Store(made)
	return made, nil
}

// encode is a catalog as JSON. Only offerings that changed are encoded again; called with mu held.
func (c *catalog) encode(offered *osb.Catalog) ([]byte, error) {
	var content bytes.Buffer
	encoded := make(map[string]encodedOffering, len(offered.Services))
	content.WriteString(`{"services":[`)
	for i, offering := range offered.Services {
		as, known := c.encoded[offering.ID]
		if !known || !reflect.DeepEqual(as.offering, offering) {
			written, err := encode(offering)
			if err != nil {
				return nil, err
			}
			as = encodedOffering{offering: offering, content: bytes.TrimSpace(written)}
		}
		encoded[offering.ID] = as
		if i > 0 {
			content.WriteByte(',')
		}
		content.Write(as.content)
	}
	content.WriteString("]}\n")
	c.encoded = encoded
	return content.Bytes(), nil
}

func newPage(content []byte) *page {
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, _ = writer.Write(content) // a Buffer takes everything
	_ = writer.Close()
	sum := sha256.Sum256(content)
	p := &page{content: content, etag: `W/"` + hex.EncodeToString(sum[:16]) + `"`}
	header := http.Header{"Etag": {p.etag}, "Vary": {"Accept-Encoding"}, "Cache-Control": {"private, no-cache"}}
	p.plain = &response{status: http.StatusOK, body: content, header: header}
	p.known = &response{status: http.StatusNotModified, header: header}
	p.zipped = &response{status: http.StatusOK, body: zipped.Bytes(), header: maps.Clone(header)}
	p.zipped.header.Set("Content-Encoding", "gzip")
	return p
}

// answer is GET /v2/catalog.
func (c *catalog) answer(r *http.Request) (*response, error) {
	page, err := c.page(r.Context())
	switch {
	case err != nil:
		return nil, err
	case hasTag(r.Header["If-None-Match"], page.etag):
		return page.known, nil
	case takesGzip(r.Header["Accept-Encoding"]):
		return page.zipped, nil
	default:
		return page.plain, nil
	}
}

// hasTag reports whether one of the entity tags is this one, weak or not.
func hasTag(headers []string, etag string) bool {
	for tag := range listed(headers) {
		if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// takesGzip reports whether gzip, or any encoding, is wanted: one with the quality 0 is not.
func takesGzip(headers []string) bool {
	var gzip, said, other bool
	for item := range listed(headers) {
		encoding, parameter, _ := strings.Cut(item, ";")
		wanted := true
		if quality, given := strings.CutPrefix(strings.ReplaceAll(parameter, " ", ""), "q="); given {
			q, err := strconv.ParseFloat(quality, 64)
			wanted = err == nil && q > 0
		}
		switch encoding = strings.TrimSpace(encoding); {
		case strings.EqualFold(encoding, "gzip"):
			gzip, said = wanted, true
		case encoding == "*":
			other = wanted
		}
	}
	if said {
		return gzip
	}
	return other
}

// listed are the items of headers that are lists.
func listed(headers []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, header := range headers {
			for item := range strings.SplitSeq(header, ",") {
				if item = strings.TrimSpace(item); item != "" && !yield(item) {
					return
				}
			}
		}
	}
}
