// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package service says what the operations of the Open Service Broker API mean: what a platform's request makes of an
// object, and what an object makes of a platform's question. It works on the objects themselves, through a Store.
package service
