// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package leadership

import "time"

// sinceBoot is the clock on the wall, for want of a better one: it runs on while the machine is suspended, but can be set.
func sinceBoot() time.Duration { return time.Duration(time.Now().UnixNano()) }
