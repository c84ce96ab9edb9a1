// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package e2e tells stories over the whole process: bin/manager, with the arguments, the service
// account and the rights that config/default gives it, between a real Kubernetes API and a
// simulated Cloudify Manager. People come in through kubectl, platforms through the OSB endpoint
// (startBroker, newMarket).
//
// An operator is started by startOperator and may be killed at any moment; its log is shown where
// a story fails, and searched for secrets when it ends. A story has a Manager, a CloudifyManager
// and a namespace of its own (newStory), with a door before the Manager that sees each request
// and can do something at that moment. All operators reconcile all objects, so tests that start
// one do not run in parallel, but the stories within such a test do.
package e2e
