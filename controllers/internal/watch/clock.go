// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

// tick orders what happens at one Manager: whatever a controller says, and the beginning of each list, has a tick of its own.
// Times would not do: two can be equal.
type tick uint64

// clock hands out the ticks of one Manager.
type clock struct {
	now    tick
	opened tick // when the connection was opened
}

// next is the tick of what happens now.
func (c *clock) next() tick {
	c.now++
	return c.now
}

// reopen makes void whatever an earlier connection still brings.
func (c *clock) reopen() { c.opened = c.next() }

// valid reports whether the answer to a list counts: the list began on this connection.
func (c *clock) valid(began tick) bool { return began >= c.opened }
