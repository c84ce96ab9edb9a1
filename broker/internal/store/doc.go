// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package store keeps service instances and bindings where everything is kept: in the Kubernetes API. Which object an ID
// stands for is decided here; what the object means is not.
//
// The object's name comes from the ID, so that Create is the lock; the ID itself is in spec.osb and is compared each time,
// because an object of the name may not be a platform's. What is read live says so in its name; the rest comes from the cache, and
// waits for nothing. What is changed or deleted is only what was read: the API server refuses a write that rests on an old state.
package store
