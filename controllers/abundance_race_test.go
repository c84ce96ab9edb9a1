// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

//go:build race

package controllers_test

// abundance is less where each step takes ten times as long; races show with these too.
const abundance = 150
