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

// plansOf serves the plans of a Manager's blueprints and counts how often they are read.
func plansOf(t *testing.T) (c *Connection, blueprint *cloudify.Blueprint, reads map[string]int) {
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
		plan := ""
		if strings.Contains(r.URL.Query().Get("_include"), "plan") {
			plan = fmt.Sprintf(`, "plan": {"description": "read %d of %s"}`, reads[id], id)
		}
		fmt.Fprintf(w, `{"id": %q, "state": %q, "created_at": %q%s}`, id, blueprint.State, blueprint.CreatedAt.Format(time.RFC3339), plan)
	})
	mux.HandleFunc("GET /api/v3.1/version", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"edition": "community", "version": "7.1.0"}`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return NewPool().Open("default", newClient(t, server.URL)), blueprint, reads
}

func TestAPlanIsReadOnce(t *testing.T) {
	g := NewWithT(t)
	c, _, reads := plansOf(t)
	for range 3 {
		plan, err := c.Plan(t.Context(), "cellar")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(plan.Description).To(Equal("read 1 of cellar"))
	}
	_, err := c.Plan(t.Context(), "other")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(reads).To(Equal(map[string]int{"cellar": 1, "other": 1}))
}

// A blueprint can be deleted and uploaded again under its ID; who reads the blueprint notices, and then everybody has the new plan.
func TestAPlanIsReadWithItsBlueprintAndAgainWhenThatIsAnother(t *testing.T) {
	g := NewWithT(t)
	c, blueprint, reads := plansOf(t)
	monday := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		state   string
		created time.Time
		plan    string
		reads   int
	}{
		{"parsing", monday, "", 1},
		{"uploaded", monday, "read 2 of cellar", 2},
		{"uploaded", monday, "read 2 of cellar", 3},
		{"uploaded", monday.Add(time.Hour), "read 5 of cellar", 5},
		{"uploaded", monday.Add(time.Hour), "read 5 of cellar", 6},
		{"failed_parsing", monday.Add(time.Hour), "", 7},
	} {
		blueprint.State, blueprint.CreatedAt = row.state, row.created
		read, plan, err := c.Blueprint(t.Context(), "cellar")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(read.State).To(Equal(row.state))
		if row.plan == "" {
			g.Expect(plan).To(BeNil())
		} else {
			g.Expect(plan.Description).To(Equal(row.plan))
		}
		g.Expect(reads).To(HaveKeyWithValue("cellar", row.reads))
	}
	plan, err := c.Plan(t.Context(), "cellar")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(plan.Description).To(Equal("read 5 of cellar"))
}

func TestAFailureIsNotKept(t *testing.T) {
	g := NewWithT(t)
	c, _, reads := plansOf(t)
	for range 2 {
		_, err := c.Plan(t.Context(), "missing")
		g.Expect(cloudify.IsNotFound(err)).To(BeTrue())
		g.Expect(err).To(MatchError(HavePrefix("read the plan of blueprint missing: ")))
	}
	g.Expect(reads).To(HaveKeyWithValue("missing", 2))
}

func TestPlansAreBounded(t *testing.T) {
	g := NewWithT(t)
	kept := newPlans()
	for i := range maxPlans + 10 {
		kept.put(strconv.Itoa(i), planEntry{})
	}
	g.Expect(kept.entries).To(HaveLen(maxPlans))
	_, latest := kept.get(strconv.Itoa(maxPlans + 9))
	g.Expect(latest).To(BeTrue())

	kept.put(strconv.Itoa(maxPlans+9), planEntry{createdAt: time.Now()})
	g.Expect(kept.entries).To(HaveLen(maxPlans), "what is kept already drives nobody out")
}
