// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

//go:build !race

package controllers_test

// abundance is how many blueprints are discovered at once, and how many deployments are idle.
const abundance = 1000
