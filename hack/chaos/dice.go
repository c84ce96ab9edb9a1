// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"time"
)

// between is a duration from one to another, by chance.
func between(dice *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(dice.Int64N(int64(to-from)))
}

// within is a number of seconds by chance.
func within(dice *rand.Rand, from, to float64) time.Duration {
	return between(dice, time.Duration(from*float64(time.Second)), time.Duration(to*float64(time.Second)))
}

func pick[T any](dice *rand.Rand, from ...T) T { return from[dice.IntN(len(from))] }
