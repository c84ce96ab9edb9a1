// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

// Values that a blueprint or a deployment has already are accepted, whatever is declared:
// the Manager accepted them, and somebody who reads one must be able to give it back.
// Such values are called known. Each belongs to one place: an input, or a part of it.

// known adds the default of an input to the values that are known of its place. Each
// is there as written, and with the defaults of its data types filled in, as the Manager
// stores it. A call of a function is no value, and left out.
func (s Schema) known(input Input, others []any) []any {
	var known []any
	add := func(value any) {
		if !isCall(value) {
			known = append(known, value, s.complete(input, value, nil))
		}
	}
	for _, value := range others {
		add(plain(value))
	}
	if value := plain(input.Default); value != nil {
		add(value)
	}
	return known
}

// membersOf are the members of that name of those values that are maps with one.
func membersOf(values []any, name string) []any {
	var members []any
	for _, value := range values {
		if of, ok := value.(map[string]any); ok {
			if member, ok := of[name]; ok {
				members = append(members, member)
			}
		}
	}
	return members
}

// itemsOf are the items of those values that are lists.
func itemsOf(values []any) []any {
	var items []any
	for _, value := range values {
		if list, ok := value.([]any); ok {
			items = append(items, list...)
		}
	}
	return items
}
