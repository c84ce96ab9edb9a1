// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

func TestCatalogIsEmptyAtFirst(t *testing.T) {
	a := newPlatform(t, openEndpoint(&fake{})).ask("GET", "/v2/catalog", "")
	NewWithT(t).Expect(a.status).To(Equal(200))
	NewWithT(t).Expect(a.raw).To(MatchJSON(`{"services": []}`))
}

// The catalog is made once, and again when offerings change; who has it already is told so.
func TestCatalogIsKept(t *testing.T) {
	g := NewWithT(t)
	f := &fake{services: []osb.Service{{ID: "1", Name: "a", Description: "Drinks & <more>"}}}
	e := openEndpoint(f)
	p := newPlatform(t, e)
	first := p.ask("GET", "/v2/catalog", "")
	tag := first.header.Get("ETag")
	g.Expect(tag).NotTo(BeEmpty())
	g.Expect(first.raw).To(ContainSubstring("Drinks & <more>"))
	g.Expect(p.ask("GET", "/v2/catalog", "").header.Get("ETag")).To(Equal(tag))
	g.Expect(f.renders).To(Equal(1))
	g.Expect(newPlatform(t, openEndpoint(f)).ask("GET", "/v2/catalog", "").header.Get("ETag")).To(Equal(tag), "replicas agree")

	for _, known := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag, "*"} {
		a := p.with("If-None-Match", known).send("GET", "/v2/catalog", "")
		g.Expect(a.status).To(Equal(304), known)
		g.Expect(a.raw).To(BeEmpty())
		g.Expect(a.header.Get("ETag")).To(Equal(tag))
	}
	g.Expect(p.with("If-None-Match", `"x"`).ask("GET", "/v2/catalog", "").raw).To(Equal(first.raw))

	f.services = append(f.services, osb.Service{ID: "2", Name: "b"})
	g.Expect(p.ask("GET", "/v2/catalog", "").raw).To(Equal(first.raw), "nobody said that there is another")
	e.catalog.changed()
	g.Eventually(func() string { return p.ask("GET", "/v2/catalog", "").raw }).ShouldNot(Equal(first.raw))
	second := p.with("If-None-Match", tag).ask("GET", "/v2/catalog", "")
	g.Expect(second.status).To(Equal(200))
	g.Expect(second.header.Get("ETag")).NotTo(Equal(tag))
	g.Expect(second.body["services"]).To(HaveLen(2))
}

func TestCatalogIsCompressedForWhoWantsIt(t *testing.T) {
	p := newPlatform(t, openEndpoint(&fake{services: []osb.Service{{ID: "1", Name: "a"}}}))
	plain := p.with("Accept-Encoding", "identity").ask("GET", "/v2/catalog", "").raw
	for accepted, zipped := range map[string]bool{
		"gzip": true, "deflate, gzip;q=0.5": true, "GZIP": true, "*": true, "gzip; q=1.0": true,
		"identity": false, "gzip;q=0": false, "*, gzip;q=0": false, "br": false, "gzip;q=x": false,
	} {
		g := NewWithT(t)
		a := p.with("Accept-Encoding", accepted).send("GET", "/v2/catalog", "")
		g.Expect(a.header.Get("Vary")).To(Equal("Accept-Encoding"))
		if !zipped {
			g.Expect(a.header.Get("Content-Encoding")).To(BeEmpty(), accepted)
			g.Expect(a.raw).To(Equal(plain), accepted)
			continue
		}
		g.Expect(a.header.Get("Content-Encoding")).To(Equal("gzip"), accepted)
		reader, err := gzip.NewReader(bytes.NewReader([]byte(a.raw)))
		g.Expect(err).NotTo(HaveOccurred())
		content, err := io.ReadAll(reader)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(content)).To(Equal(plain))
	}
}
