// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// plansOf serves the plans of a Manager's blueprints and counts how often they are read.
func plansOf(t *testing.T) (c *Connection, reads map[string]int) {
	t.Helper()
	reads = map[string]int{}
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
		fmt.Fprintf(w, `{"id": %q, "plan": {"description": "read %d of %s"}}`, id, reads[id], id)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return NewPool().Open("default", newClient(t, server.URL)), reads
}

func TestAPlanIsReadOnce(t *testing.T) {
	g := NewWithT(t)
	c, reads := plansOf(t)
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
func TestAPlanIsReadAgainWhenTheBlueprintIsAnother(t *testing.T) {
	g := NewWithT(t)
	c, _ := plansOf(t)
	monday := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		created time.Time
		plan    string
	}{
		{monday, "read 1 of cellar"},
		{monday.In(time.FixedZone("", 3600)), "read 1 of cellar"},
		{monday.Add(time.Hour), "read 2 of cellar"},
		{monday.Add(time.Hour), "read 2 of cellar"},
	} {
		plan, err := c.PlanOf(t.Context(), &cloudify.Blueprint{ID: "cellar", CreatedAt: row.created})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(plan.Description).To(Equal(row.plan))
	}
	plan, err := c.Plan(t.Context(), "cellar")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(plan.Description).To(Equal("read 2 of cellar"))
}

func TestAFailureIsNotKept(t *testing.T) {
	g := NewWithT(t)
	c, reads := plansOf(t)
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
