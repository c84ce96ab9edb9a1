// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
)

// Table of a document.
type Table struct {
	Head []string
	Rows [][]string
}

// String is the table in Markdown.
func (t Table) String() string {
	var b strings.Builder
	rule := make([]string, len(t.Head))
	for i := range rule {
		rule[i] = "---"
	}
	for _, row := range append([][]string{t.Head, rule}, t.Rows...) {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Columns of a table of contests that Ratios looks for.
const (
	pathColumn    = "path"
	clientsColumn = "clients"
	ratioColumn   = "ratio"
)

// Contests is a table of them.
func Contests(results []load.Result) Table {
	t := Table{Head: []string{pathColumn, clientsColumn, "operator, per second", "limit", "limit, per second", ratioColumn, "range of ratios", "99 % within"}}
	for _, r := range results {
		t.Rows = append(t.Rows, []string{
			r.Path, strconv.Itoa(r.Clients), Rate(r.Operator), r.Limit, Rate(r.Bare), ratio(r.Ratio.Median),
			ratio(r.Ratio.Low) + " to " + ratio(r.Ratio.High), Duration(r.P99),
		})
	}
	return t
}

// Stories is a table of figures that are no rates.
func Stories(rows ...[]string) Table {
	return Table{Head: []string{"figure", "measured", "for comparison"}, Rows: rows}
}

// Rate is a number for people: a small one with a decimal, a large one with commas between thousands.
func Rate(value float64) string {
	if value < 10 {
		return strconv.FormatFloat(value, 'f', 1, 64)
	}
	return Count(int(math.Round(value)))
}

// Count is a whole number for people.
func Count(value int) string {
	digits := strconv.Itoa(value)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func ratio(value float64) string { return strconv.FormatFloat(value, 'f', 2, 64) }

// Duration is one for people, with three digits.
func Duration(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
	default:
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	}
}

// Bytes is a size for people.
func Bytes(n int64) string { return fmt.Sprintf("%d MB", n>>20) }
