// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package chart tests the Helm chart of config/chart: that it makes what the kustomize folders make, and that a release of it
// installs, runs, refuses to go while it is needed, and goes. It has a control plane of its own, because elsewhere the same
// names belong to config/default.
package chart
