// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import "slices"

// table holds rows in the order they were made, each under its ID.
type table[T any] struct {
	byID map[string]*T
	rows []*T
}

func (t *table[T]) get(id string) *T { return t.byID[id] }

func (t *table[T]) add(id string, row *T) {
	if t.byID == nil {
		t.byID = map[string]*T{}
	}
	t.byID[id] = row
	t.rows = append(t.rows, row)
}

func (t *table[T]) remove(id string) {
	row, ok := t.byID[id]
	if !ok {
		return
	}
	delete(t.byID, id)
	t.rows = slices.DeleteFunc(t.rows, func(r *T) bool { return r == row })
}
