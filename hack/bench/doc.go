// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command bench measures the operator beside what limits it, on one machine and in one run, and writes the figures into
// docs/benchmarks.md. It has three parts:
//
//	osb       each request of a platform, beside a bare handler over TLS or bare requests to the Kubernetes API
//	operator  what deployments cost: time, requests to a Manager, writes in Kubernetes
//	scale     a catalog of a thousand offerings
//
// With --check it measures some of the ratios of osb again, writes nothing, and fails where one is much below the documented one.
//
//	internal/load    rates of clients, and contests of two who do the same work in turns
//	internal/rig     what runs: control plane, Manager, operator, bare handler
//	internal/report  tables and figures, and the document that they are in
//	plot             a module of its own, which draws the figures
package main
