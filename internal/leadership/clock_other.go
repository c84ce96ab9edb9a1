// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package leadership

import "time"

// sinceBoot is the wall clock here. It keeps running while the machine is suspended, but unlike the clock of Linux it can be
// set.
func sinceBoot() time.Duration { return time.Duration(time.Now().UnixNano()) }
