// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package osb is the vocabulary of the Open Service Broker API v2.17: requests, responses, and what makes a request well
// formed. It knows neither HTTP nor Kubernetes.
package osb
