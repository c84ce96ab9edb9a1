// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"net/url"
	"slices"
	"strconv"
)

const (
	// pageSize is the largest page of the older releases.
	pageSize = 1000
	// idsPerList keeps the URL of a list by id below what proxies accept.
	idsPerList = 100
)

// readList reads a list to its end, or its first limit items if limit is not zero.
// The query should sort, with a unique tiebreak: pages are cut by position. An item
// deleted between two pages can hide another all the same.
func readList[T any](ctx context.Context, c *Client, route string, query url.Values, limit int) ([]T, error) {
	size := pageSize
	if limit > 0 {
		size = min(size, limit)
	}
	var items []T
	for {
		var page struct {
			Items    []T `json:"items"`
			Metadata struct {
				Pagination struct {
					Total int `json:"total"`
				} `json:"pagination"`
			} `json:"metadata"`
		}
		query.Set("_size", strconv.Itoa(size))
		query.Set("_offset", strconv.Itoa(len(items)))
		if err := c.do(ctx, call{method: "GET", route: route, query: query}, &page); err != nil {
			return nil, err
		}
		if page.Items == nil { // no list: what it would hold must not be taken for gone
			return nil, c.noList(route)
		}
		items = append(items, page.Items...)
		switch {
		case limit > 0 && len(items) >= limit:
			return items[:limit], nil
		case len(page.Items) == 0, len(items) >= page.Metadata.Pagination.Total:
			return items, nil
		}
	}
}

// listByID is readList for a set of ids, in parts of idsPerList; nil means no
// restriction, an empty set makes no request. Items come sorted within a part only.
func listByID[T any](ctx context.Context, c *Client, route string, query url.Values, ids []string, limit int) ([]T, error) {
	if ids == nil {
		return readList[T](ctx, c, route, query, limit)
	}
	var items []T
	for part := range slices.Chunk(ids, idsPerList) {
		query["id"] = part
		found, err := readList[T](ctx, c, route, query, 0)
		if err != nil {
			return nil, err
		}
		items = append(items, found...)
		if limit > 0 && len(items) >= limit {
			return items[:limit], nil
		}
	}
	return items, nil
}
