// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
)

var results = []load.Result{
	{Path: "GET catalog, 10 offerings", Clients: 8, Limit: "bare handler", Operator: 20491.4, Bare: 23552, Ratio: load.Spread{Median: .87, Low: .851, High: .9}, P99: 1230 * time.Microsecond},
	{Path: "PUT", Clients: 64, Limit: "a Create", Operator: 827, Bare: 930, Ratio: load.Spread{Median: .889, Low: .8, High: .95}, P99: 120 * time.Millisecond},
}

const contests = `| path | clients | operator, per second | limit | limit, per second | ratio | range of ratios | 99 % within |
| --- | --- | --- | --- | --- | --- | --- | --- |
| GET catalog, 10 offerings | 8 | 20,491 | bare handler | 23,552 | 0.87 | 0.85 to 0.90 | 1.23 ms |
| PUT | 64 | 827 | a Create | 930 | 0.89 | 0.80 to 0.95 | 120 ms |`

func TestContestsAreATable(t *testing.T) {
	NewWithT(t).Expect(Contests(results).String()).To(Equal(contests))
}

func TestNumbersForPeople(t *testing.T) {
	g := NewWithT(t)
	for value, want := range map[float64]string{0: "0.0", 9.96: "10.0", 10.4: "10", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		g.Expect(Rate(value)).To(Equal(want))
	}
	for value, want := range map[time.Duration]string{
		1500 * time.Microsecond: "1.50 ms", 15 * time.Millisecond: "15 ms", 1500 * time.Millisecond: "1.5 s", 90 * time.Second: "90 s",
	} {
		g.Expect(Duration(value)).To(Equal(want))
	}
}

func TestRatiosAreReadAgain(t *testing.T) {
	want := map[Contest]float64{{"GET catalog, 10 offerings", 8}: .87, {"PUT", 64}: .89}
	for _, row := range []struct {
		name, text, wrong string
		want              map[Contest]float64
	}{
		{name: "as they were written", text: contests, want: want},
		{name: "with text around them", text: "Measured.\n\n" + contests + "\n\nThat is all.\n", want: want},
		{name: "beside other tables", text: "| figure | measured |\n| --- | --- |\n| memory | 200 MB |\n\n" + contests, want: want},
		{name: "columns in another order", text: "| ratio | clients | path |\n|---|---|---|\n| 0.5 | 1 | GET |\n", want: map[Contest]float64{{"GET", 1}: .5}},
		{name: "none", text: "Nothing was measured yet.", wrong: "make bench"},
		{name: "a table without rows", text: "| path | clients | ratio |\n| --- | --- | --- |", wrong: "make bench"},
		{name: "no number", text: "| path | clients | ratio |\n| --- | --- | --- |\n| GET | 1 | fast |", wrong: "ratio"},
		{name: "no clients", text: "| path | clients | ratio |\n| --- | --- | --- |\n| GET | many | 0.9 |", wrong: "clients"},
		{name: "a row that is too short", text: "| path | clients | ratio |\n| --- | --- | --- |\n| GET | 1 |", wrong: "2 columns, not 3"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			found, err := parseRatios(row.text)
			if row.wrong != "" {
				g.Expect(err).To(MatchError(ContainSubstring(row.wrong)))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(found).To(Equal(row.want))
		})
	}
}

func TestASectionReplacesOnlyItself(t *testing.T) {
	const text = "# Title\n\n<!-- bench: osb -->\nold\n<!-- end: osb -->\n\nprose\n\n<!-- bench: scale -->\nkept\n<!-- end: scale -->\n"
	for _, row := range []struct{ name, part, want, wrong string }{
		{name: "the first", part: "osb", want: "# Title\n\n<!-- bench: osb -->\n\nnew\n<!-- end: osb -->\n\nprose\n\n<!-- bench: scale -->\nkept\n<!-- end: scale -->\n"},
		{name: "the last", part: "scale", want: "# Title\n\n<!-- bench: osb -->\nold\n<!-- end: osb -->\n\nprose\n\n<!-- bench: scale -->\n\nnew\n<!-- end: scale -->\n"},
		{name: "one without a place", part: "operator", wrong: "no place for part operator"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			changed, err := replace(text, row.part, "new")
			if row.wrong != "" {
				g.Expect(err).To(MatchError(ContainSubstring(row.wrong)))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(changed).To(Equal(row.want))
			again, err := replace(changed, row.part, "new")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(again).To(Equal(changed), "a second run changes nothing else")
		})
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	g := NewWithT(t)
	document := filepath.Join(t.TempDir(), "benchmarks.md")
	g.Expect(os.WriteFile(document, []byte("# Benchmarks\n\n<!-- bench: osb -->\n<!-- end: osb -->\n"), 0o600)).To(Succeed())
	g.Expect(Section{Name: "osb", Tables: []Table{Contests(results)}}.Write(t.Context(), document, "")).To(Succeed())
	g.Expect(Ratios(document, "osb")).To(Equal(map[Contest]float64{{"GET catalog, 10 offerings", 8}: .87, {"PUT", 64}: .89}))
	_, err := Ratios(document, "scale")
	g.Expect(err).To(MatchError(ContainSubstring("no place for part scale")))
}

// What was measured for a quarter of an hour is not lost where it cannot be drawn.
func TestTablesAreWrittenWithoutAPlotter(t *testing.T) {
	g := NewWithT(t)
	document := filepath.Join(t.TempDir(), "benchmarks.md")
	g.Expect(os.WriteFile(document, []byte("<!-- bench: osb -->\n<!-- end: osb -->\n"), 0o600)).To(Succeed())
	s := Section{Name: "osb", Tables: []Table{Contests(results)}, Figures: []Figure{{Path: "rates.svg"}}}
	g.Expect(s.Write(t.Context(), document, filepath.Join(t.TempDir(), "bench-plot"))).To(MatchError(ContainSubstring("make bench builds bench-plot")))
	g.Expect(Ratios(document, "osb")).To(HaveLen(len(results)))
}
