// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"testing"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// BenchmarkFingerprint compares one row of a list with what was settled.
func BenchmarkFingerprint(b *testing.B) {
	row := &cloudify.Deployment{BlueprintID: "nodecellar", InstallationStatus: "active", LatestExecution: "e", LatestExecutionStatus: "completed"}
	settled := FingerprintOf(row)
	for b.Loop() {
		if !settled.agrees(FingerprintOf(row)) {
			b.Fatal("they are the same")
		}
	}
}
