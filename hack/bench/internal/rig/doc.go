// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package rig is what a benchmark runs on: etcd and kube-apiserver as they are, a simulated Cloudify Manager that needs no time,
// bin/manager with the arguments of config/default, and what the operator is compared with. It knows the operator from outside
// alone: its arguments, its HTTP endpoints and the Kubernetes API. Everything listens on loopback and ends with the rig.
package rig
