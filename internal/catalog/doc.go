// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package catalog says who has a name or an ID in the catalog that several offerings want. Controllers tell the losers, and the
// OSB endpoint lists the winners, by the same rule: while a status is late the catalog has nothing twice. It is pure.
package catalog
