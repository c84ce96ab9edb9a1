// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"
)

// shelf answers lists out of a number of executions, e0 to e<n-1>.
func shelf(t *testing.T, n int, asked *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		*asked = append(*asked, fmt.Sprintf("%s+%s of %d", query.Get("_offset"), query.Get("_size"), len(query["id"])))
		offset, err1 := strconv.Atoi(query.Get("_offset"))
		size, err2 := strconv.Atoi(query.Get("_size"))
		if err1 != nil || err2 != nil {
			t.Errorf("not paged: %s", r.RequestURI)
		}
		items := []map[string]any{}
		if ids := query["id"]; ids != nil {
			for _, id := range ids {
				items = append(items, map[string]any{"id": id})
			}
		} else {
			for i := offset; i < min(offset+size, n); i++ {
				items = append(items, map[string]any{"id": "e" + strconv.Itoa(i)})
			}
			ids = make([]string, n)
			query["id"] = ids
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"items":    items,
			"metadata": map[string]any{"pagination": map[string]any{"total": len(query["id"]), "size": size, "offset": offset}},
		})
	}
}

func TestListsAreReadToTheirEnd(t *testing.T) {
	ids := make([]string, 250)
	for i := range ids {
		ids[i] = "x" + strconv.Itoa(i)
	}
	for _, row := range []struct {
		name   string
		there  int
		filter ExecutionFilter
		asked  []string
		found  int
		last   string
	}{
		{"nothing there", 0, ExecutionFilter{}, []string{"0+1000 of 0"}, 0, ""},
		{"one page", 999, ExecutionFilter{}, []string{"0+1000 of 0"}, 999, "e998"},
		{"a full page", 1000, ExecutionFilter{}, []string{"0+1000 of 0"}, 1000, "e999"},
		{"three pages", 2001, ExecutionFilter{}, []string{"0+1000 of 0", "1000+1000 of 0", "2000+1000 of 0"}, 2001, "e2000"},
		{"a limit", 2001, ExecutionFilter{Limit: 5}, []string{"0+5 of 0"}, 5, "e4"},
		{"a limit over a page", 2001, ExecutionFilter{Limit: 1500}, []string{"0+1000 of 0", "1000+1000 of 0"}, 1500, "e1499"},
		{"a limit above what is there", 3, ExecutionFilter{Limit: 5}, []string{"0+5 of 0"}, 3, "e2"},
		{"ids", 0, ExecutionFilter{IDs: ids}, []string{"0+1000 of 100", "0+1000 of 100", "0+1000 of 50"}, 250, "x249"},
		{"ids and a limit", 0, ExecutionFilter{IDs: ids, Limit: 120}, []string{"0+1000 of 100", "0+1000 of 100"}, 120, "x119"},
		{"no ids", 3, ExecutionFilter{IDs: []string{}}, nil, 0, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			var asked []string
			client := serve(t, Release{}, shelf(t, row.there, &asked))
			found, err := client.ListExecutions(t.Context(), row.filter)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(asked).To(Equal(row.asked))
			g.Expect(found).To(HaveLen(row.found))
			if row.last != "" {
				g.Expect(found[len(found)-1].ID).To(Equal(row.last))
			}
		})
	}
}

// A total that promises more than there is does not keep a list going for ever.
func TestAnEmptyPageEndsAList(t *testing.T) {
	g := NewWithT(t)
	pages := 0
	client := serve(t, Release{}, func(w http.ResponseWriter, _ *http.Request) {
		pages++
		items := `{"id": "a"}`
		if pages == 3 {
			items = ""
		}
		_, _ = fmt.Fprintf(w, `{"items": [%s], "metadata": {"pagination": {"total": 1000000}}}`, items)
	})
	found, err := client.ListDeployments(t.Context(), DeploymentFilter{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(HaveLen(2))
	g.Expect(pages).To(Equal(3))
}

// Half a list would look as if the rest had gone.
func TestAListThatBreaksOffIsAnError(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, Release{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("_offset") != "0" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = fmt.Fprint(w, `{"items": [{"id": "a"}], "metadata": {"pagination": {"total": 2}}}`)
	})
	found, err := client.ListDeployments(t.Context(), DeploymentFilter{})
	g.Expect(IsUnreachable(err)).To(BeTrue())
	g.Expect(found).To(BeEmpty())
}

func TestParametersAreReadForOneDeploymentOnly(t *testing.T) {
	client := serve(t, Release{}, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent: %s", r.RequestURI) })
	_, err := client.ListExecutions(t.Context(), ExecutionFilter{Active: true, WithParameters: true})
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("one deployment only")))
}
