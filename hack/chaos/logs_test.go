// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestLogsAreSearched(t *testing.T) {
	g := NewWithT(t)
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	down := []period{{from: at.Add(-time.Minute), to: at, why: "kube-apiserver was killed"}}
	const refused = `{"ts":"2026-01-01T12:00:00Z","error":"secrets is forbidden: User x"}`

	g.Expect(suspicious(`{"msg":"Starting"}`, nil)).To(BeEmpty())
	g.Expect(suspicious("login with "+secretMark+"-1", nil)).To(ConsistOf(broke("secrets stay secret")))
	g.Expect(suspicious("WARNING: DATA RACE", nil)).To(ConsistOf(broke("no crash and no race")))
	g.Expect(suspicious(refused, nil)).To(ConsistOf(broke("the operator has the rights that it needs")))
	g.Expect(suspicious(refused, down)).To(BeEmpty(), "the API server has not read the roles yet")
}
