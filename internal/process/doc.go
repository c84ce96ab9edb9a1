// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package process is the operator as a process: its flags and their checks, its logs, the cluster that it finds, and the manager
// in which the controllers and the OSB endpoint run together. It is the only package that knows both.
package process
