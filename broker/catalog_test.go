// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
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

// While a catalog is made, platforms get the last one; what changes meanwhile is in the one that follows.
func TestCatalogIsThereWhileItIsMade(t *testing.T) {
	g := NewWithT(t)
	var edition atomic.Int64
	making, goOn := make(chan struct{}), make(chan struct{})
	c := &catalog{render: func(context.Context) (*osb.Catalog, error) {
		read := edition.Load()
		making <- struct{}{}
		<-goOn
		return &osb.Catalog{Services: []osb.Service{{ID: "1", Name: fmt.Sprint("edition ", read)}}}, nil
	}}
	now := func() string {
		answer, err := c.answer(httptest.NewRequest("GET", "/v2/catalog", nil))
		g.Expect(err).NotTo(HaveOccurred())
		return string(answer.body.([]byte))
	}

	first := make(chan string)
	go func() { first <- now() }()
	<-making
	edition.Store(1)
	c.changed() // before there is a page
	goOn <- struct{}{}
	g.Expect(<-first).To(ContainSubstring("edition 0"))
	<-making
	edition.Store(2)
	for range 3 {
		c.changed()
		g.Expect(now()).To(ContainSubstring("edition 0"))
	}
	goOn <- struct{}{}
	g.Eventually(now).Should(ContainSubstring("edition 1"))
	<-making
	goOn <- struct{}{}
	g.Eventually(now).Should(ContainSubstring("edition 2"))
	g.Consistently(making).WithTimeout(200*time.Millisecond).ShouldNot(Receive(), "three changes went into one page")
}

// What goes wrong while nobody waits for a page ends nothing else: platforms keep the last one, and it is tried again.
func TestCatalogOutlivesItsChanges(t *testing.T) {
	for name, wrong := range map[string]func() error{
		"an error": func() error { return service.ErrUnavailable },
		"a bug":    func() error { panic("an offering that nobody thought of") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			var edition atomic.Int64
			c := &catalog{render: func(context.Context) (*osb.Catalog, error) {
				number := edition.Add(1)
				if number == 2 {
					if err := wrong(); err != nil {
						return nil, err
					}
				}
				return &osb.Catalog{Services: []osb.Service{{ID: "1", Name: fmt.Sprint("edition ", number)}}}, nil
			}}
			now := func() string {
				page, err := c.page(t.Context())
				g.Expect(err).NotTo(HaveOccurred())
				return string(page.content)
			}
			g.Expect(now()).To(ContainSubstring("edition 1"))
			c.changed()
			g.Eventually(edition.Load).Should(BeEquivalentTo(2))
			g.Expect(now()).To(ContainSubstring("edition 1"))
			g.Eventually(now).WithTimeout(patience).Should(ContainSubstring("edition 3"))
		})
	}
}

// A catalog that is made of kept parts is the one that is made anew.
func TestCatalogOfKeptOfferings(t *testing.T) {
	g := NewWithT(t)
	var services []osb.Service
	c := &catalog{render: func(context.Context) (*osb.Catalog, error) {
		return &osb.Catalog{Services: slices.Clone(services)}, nil
	}}
	for number, step := range []func(){
		func() {},
		func() {
			services = append(services, osb.Service{ID: "1", Name: "a & <b>"}, osb.Service{ID: "2", Name: "c"})
		},
		func() { services[0].Plans = []osb.Plan{{ID: "p", Name: "small"}} },
		func() { services[1].Name = "d" },
		func() { services = services[1:] },
		func() { services = append(services, osb.Service{ID: "1", Name: "again"}) },
	} {
		step()
		c.changes.Add(1)
		made, err := c.make(t.Context())
		g.Expect(err).NotTo(HaveOccurred())
		whole, err := encode(&osb.Catalog{Services: append([]osb.Service{}, services...)})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(made.content)).To(Equal(string(whole)), "step %d", number)
	}
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
