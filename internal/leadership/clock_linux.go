// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot keeps running while the process, or the whole machine, is suspended; it cannot be set.
func sinceBoot() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		panic("read CLOCK_BOOTTIME, which Linux has had since 2.6.39: " + err.Error())
	}
	return time.Duration(t.Nano())
}
