// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package catalog decides which of several offerings gets a name or an ID in the catalog that all of them want. Controllers
// report the decision in the status of the losers, and the OSB endpoint lists the winners by the same rule, so the catalog
// lists nothing twice even while a status lags behind. It is pure: values in, values out.
package catalog
