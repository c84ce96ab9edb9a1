// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// templatesOf serves the templates of a Manager's blueprints and counts how often they are read.
func templatesOf(t *testing.T) (c *Connection, blueprint *cloudify.Blueprint, reads map[string]int) {
	t.Helper()
	reads, blueprint = map[string]int{}, &cloudify.Blueprint{State: "uploaded"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v3.1/blueprints/{id}", func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		reads[id]++
		w.Header().Set("Content-Type", "application/json")
		if id == "missing" {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error_code": "not_found_error", "message": "no such blueprint"}`)
			return
		}
		template := ""
		if strings.Contains(r.URL.Query().Get("_include"), "plan") {
			template = fmt.Sprintf(`, "plan": {"description": "read %d of %s"}`, reads[id], id)
		}
		fmt.Fprintf(w, `{"id": %q, "state": %q, "created_at": %q%s}`, id, blueprint.State, blueprint.CreatedAt.Format(time.RFC3339), template)
	})
	mux.HandleFunc("GET /api/v3.1/version", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"edition": "community", "version": "7.1.0"}`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return NewPool().Open("default", newClient(t, server.URL)), blueprint, reads
}

func TestATemplateIsReadOnce(t *testing.T) {
	g := NewWithT(t)
	c, _, reads := templatesOf(t)
	for range 3 {
		template, err := c.Template(t.Context(), "cellar")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(template.Description).To(Equal("read 1 of cellar"))
	}
	_, err := c.Template(t.Context(), "other")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(reads).To(Equal(map[string]int{"cellar": 1, "other": 1}))
}

// A blueprint can be deleted and uploaded again under its ID; who reads the blueprint notices, and then everybody has the new template.
func TestATemplateIsReadWithItsBlueprintAndAgainWhenThatIsAnother(t *testing.T) {
	g := NewWithT(t)
	c, blueprint, reads := templatesOf(t)
	monday := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		state    string
		created  time.Time
		template string
		reads    int
	}{
		{"parsing", monday, "", 1},
		{"uploaded", monday, "read 2 of cellar", 2},
		{"uploaded", monday, "read 2 of cellar", 3},
		{"uploaded", monday.Add(time.Hour), "read 5 of cellar", 5},
		{"uploaded", monday.Add(time.Hour), "read 5 of cellar", 6},
		{"failed_parsing", monday.Add(time.Hour), "", 7},
	} {
		blueprint.State, blueprint.CreatedAt = row.state, row.created
		read, template, err := c.Blueprint(t.Context(), "cellar")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(read.State).To(Equal(row.state))
		if row.template == "" {
			g.Expect(template).To(BeNil())
		} else {
			g.Expect(template.Description).To(Equal(row.template))
		}
		g.Expect(reads).To(HaveKeyWithValue("cellar", row.reads))
	}
	template, err := c.Template(t.Context(), "cellar")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(template.Description).To(Equal("read 5 of cellar"))
}

func TestAFailureIsNotKept(t *testing.T) {
	g := NewWithT(t)
	c, _, reads := templatesOf(t)
	for range 2 {
		_, err := c.Template(t.Context(), "missing")
		g.Expect(cloudify.IsNotFound(err)).To(BeTrue())
		g.Expect(err).To(MatchError(HavePrefix("read the plan of blueprint missing: ")))
	}
	g.Expect(reads).To(HaveKeyWithValue("missing", 2))
}

func TestTemplatesAreBounded(t *testing.T) {
	g := NewWithT(t)
	kept := newTemplates()
	for i := range maxTemplates + 10 {
		kept.put(strconv.Itoa(i), keptTemplate{})
	}
	g.Expect(kept.kept).To(HaveLen(maxTemplates))
	_, latest := kept.get(strconv.Itoa(maxTemplates + 9))
	g.Expect(latest).To(BeTrue())

	kept.put(strconv.Itoa(maxTemplates+9), keptTemplate{createdAt: time.Now()})
	g.Expect(kept.kept).To(HaveLen(maxTemplates), "what is kept already drives nobody out")
}
