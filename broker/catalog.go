// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// catalog keeps the answer to GET /v2/catalog, made once for each change of the offerings.
type catalog struct {
	render func(context.Context) (*osb.Catalog, error)
	// changes counts what may make the answer another.
	changes atomic.Int64

	mu      sync.Mutex
	current *page
	// made is the count that current answers to.
	made int64
}

// page is the catalog as it is sent.
type page struct {
	// etag is made of the content, so that replicas agree. It is weak: what is compressed has the same one.
	etag          string
	plain, zipped []byte
}

// changed notes that offerings may be others.
func (c *catalog) changed() { c.changes.Add(1) }

func (c *catalog) page(ctx context.Context) (*page, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changes := c.changes.Load() // before the offerings are read: what comes later is seen the next time
	if c.current != nil && c.made == changes {
		return c.current, nil
	}
	offered, err := c.render(ctx)
	if err != nil {
		return nil, err
	}
	content, err := encode(offered)
	if err != nil {
		return nil, err
	}
	if c.current == nil || !bytes.Equal(c.current.plain, content) {
		c.current = newPage(content)
	}
	c.made = changes
	return c.current, nil
}

func newPage(content []byte) *page {
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, _ = writer.Write(content) // a Buffer takes everything
	_ = writer.Close()
	sum := sha256.Sum256(content)
	return &page{etag: `W/"` + hex.EncodeToString(sum[:16]) + `"`, plain: content, zipped: zipped.Bytes()}
}

// answer is GET /v2/catalog.
func (c *catalog) answer(r *http.Request) (*response, error) {
	page, err := c.page(r.Context())
	if err != nil {
		return nil, err
	}
	answer := ok(page.plain)
	answer.header = http.Header{"Etag": {page.etag}, "Vary": {"Accept-Encoding"}, "Cache-Control": {"private, no-cache"}}
	switch {
	case hasTag(r.Header.Values("If-None-Match"), page.etag):
		answer.status = http.StatusNotModified
	case takesGzip(r.Header.Values("Accept-Encoding")):
		answer.header.Set("Content-Encoding", "gzip")
		answer.body = page.zipped
	}
	return answer, nil
}

// hasTag reports whether one of the entity tags is this one, weak or not.
func hasTag(headers []string, etag string) bool {
	for _, tag := range listed(headers) {
		if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// takesGzip reports whether gzip, or any encoding, is wanted: one with the quality 0 is not.
func takesGzip(headers []string) bool {
	wanted := map[string]bool{}
	for _, item := range listed(headers) {
		encoding, parameter, _ := strings.Cut(item, ";")
		quality, given := strings.CutPrefix(strings.ReplaceAll(parameter, " ", ""), "q=")
		q, err := strconv.ParseFloat(quality, 64)
		wanted[strings.ToLower(strings.TrimSpace(encoding))] = !given || err == nil && q > 0
	}
	if gzip, said := wanted["gzip"]; said {
		return gzip
	}
	return wanted["*"]
}

// listed are the items of headers that are lists.
func listed(headers []string) (items []string) {
	for item := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
