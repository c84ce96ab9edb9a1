// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// list answers a page of the rows that the query selects, in the query's order.
func list[T any](r *request, res *resource[T], rows []*T) (*response, error) {
	res = res.at(r.sim.profile)
	include, err := res.included(r)
	if err != nil {
		return nil, err
	}
	query := r.URL.Query()
	page, err := pageOf(query, r.sim.profile.ListLimit)
	if err != nil {
		return nil, err
	}
	if !r.sim.profile.has(ordersLists) {
		rows = shuffled(r.sim, rows)
	}
	rows, err = res.filter(rows, query)
	if err != nil {
		return nil, err
	}
	rows, err = res.sorted(rows, query["_sort"])
	if err != nil {
		return nil, err
	}
	if !r.sim.profile.has(longPages) {
		if page, err = page.capped(query, r.sim.profile.ListLimit, len(rows)); err != nil {
			return nil, err
		}
	}
	return answer(http.StatusOK, pageResponse(res, rows, include, page, nil))
}

func pageResponse[T any](res *resource[T], rows []*T, include []string, page page, filtered any) map[string]any {
	shown := []any{}
	from, to := page.cut(len(rows))
	for _, row := range rows[from:to] {
		shown = append(shown, res.show(row, include))
	}
	return envelope(shown, len(rows), page.size, page.offset, filtered)
}

func envelope(items []any, total, size, offset int, filtered any) map[string]any {
	return map[string]any{
		"items": items,
		"metadata": map[string]any{
			"pagination": map[string]any{"total": total, "size": size, "offset": offset},
			"filtered":   filtered,
		},
	}
}

// shuffled is the order in which a database returns rows when no order was requested.
func shuffled[T any](s *Simulator, rows []*T) []*T {
	rows = slices.Clone(rows)
	s.random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

// emptyList answers a list of what the simulator never has.
func emptyList(r *request) (*response, error) {
	return answer(http.StatusOK, envelope([]any{}, 0, r.sim.profile.ListLimit, 0, nil))
}

// page is the part of a list that is asked for.
type page struct {
	size, offset int
	all          bool
}

func pageOf(query url.Values, limit int) (page, error) {
	p := page{size: limit, all: isTrue(query.Get("_get_all_results"))}
	for name, number := range map[string]*int{"_size": &p.size, "_offset": &p.offset} {
		text, asked := query.Get(name), query.Has(name)
		if !asked {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return p, badParameters("1 validation error for Pagination\n%s\n  value is not a valid integer (type=type_error.integer)", name)
		}
		if n < 0 {
			return p, badParameters("1 validation error for Pagination\n%s\n  ensure this value is greater than or equal to 0 "+
				"(type=value_error.number.not_ge; limit_value=0)", name)
		}
		*number = n
	}
	return p, nil
}

// capped is a page as the older releases cut it: one longer than the limit is refused, whether its size
// was requested or not, and an offset without a size gives an empty page.
func (p page) capped(query url.Values, limit, total int) (page, error) {
	p.all = false
	if p.size > limit || !query.Has("_size") && total > limit {
		return p, illegalAction("Response size (%d) bigger than max allowed (%d), please use pagination.", max(p.size, total), limit)
	}
	if query.Has("_offset") && !query.Has("_size") {
		p.size = 0
	}
	return p, nil
}

func (p page) cut(total int) (from, to int) {
	if p.all {
		return 0, total
	}
	from = min(p.offset, total)
	return from, min(from+p.size, total)
}

// filter keeps the rows whose fields equal the query's values; a repeated name is an or.
func (res *resource[T]) filter(rows []*T, query url.Values) ([]*T, error) {
	names := make([]string, 0, len(query))
	for name := range query {
		if !strings.HasPrefix(name, "_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	allowed := res.names(shownOnly)
	if unknown := unknownOf(names, allowed); unknown != nil {
		return nil, badParameters("Filter keys '%s' do not exist. Allowed keys are: %s", pythonList(unknown), pythonList(allowed))
	}
	rows = slices.Clone(rows)
	for _, name := range names {
		f, wanted := res.field(name), query[name]
		if f.enum != nil && unknownOf(wanted, f.enum) != nil {
			return nil, internalError()
		}
		rows = slices.DeleteFunc(rows, func(row *T) bool {
			text, ok := asText(f.query(row))
			return !ok || !slices.Contains(wanted, text)
		})
	}
	for param, name := range map[string]string{"_search": "id", "_search_name": "display_name"} {
		part := strings.ToLower(query.Get(param))
		f := res.field(name)
		if part == "" || f == nil {
			continue
		}
		rows = slices.DeleteFunc(rows, func(row *T) bool {
			text, _ := asText(f.query(row))
			return !strings.Contains(strings.ToLower(text), part)
		})
	}
	return rows, nil
}

// asText is how a query names a value; null is named by nothing.
func asText(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	default:
		return fmt.Sprint(v), true
	}
}

// sorted orders by the keys, the first the most important: "id", "-id" or "+id".
func (res *resource[T]) sorted(rows []*T, keys []string) ([]*T, error) {
	allowed := res.names(shownOnly)
	orders := make([]func(a, b *T) int, 0, len(keys))
	for _, key := range keys {
		name := strings.TrimLeft(key, "+- ")
		if unknown := unknownOf([]string{name}, allowed); unknown != nil {
			return nil, badParameters("Sort keys '%s' do not exist. Allowed keys are: %s", pythonList(unknown), pythonList(allowed))
		}
		f := res.field(name)
		direction := 1
		if strings.HasPrefix(key, "-") {
			direction = -1
		}
		orders = append(orders, func(a, b *T) int { return direction * compare(f.query(a), f.query(b)) })
	}
	slices.SortStableFunc(rows, func(a, b *T) int {
		for _, order := range orders {
			if c := order(a, b); c != 0 {
				return c
			}
		}
		return 0
	})
	return rows, nil
}

// compare orders two values of one field; null comes after everything.
func compare(a, b any) int {
	switch x := a.(type) {
	case nil:
		if b == nil {
			return 0
		}
		return 1
	case int:
		if y, ok := b.(int); ok {
			return cmp.Compare(x, y)
		}
	}
	if b == nil {
		return -1
	}
	x, _ := asText(a)
	y, _ := asText(b)
	return strings.Compare(x, y)
}
