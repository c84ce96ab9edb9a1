// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package kube says how the operator sees the Kubernetes API: the kinds it knows, what its cache holds and what its client
// promises. The process and the tests take their manager from here, so that no test has another client than the product.
package kube
