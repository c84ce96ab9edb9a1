// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package telemetry tells Prometheus how things stand at the moment it asks: how many objects there are and what their conditions
// say, which Managers answer and how fresh what is known of them is.
//
// Nothing is counted along the way. Each scrape reads the caches, so that what it shows is what kubectl shows, and survives a
// restart. Only the leader tells it: a sum over all replicas counts nothing twice. No label has the name of an object, but for that
// of a CloudifyManager, of which there are few and which administrators make.
package telemetry
