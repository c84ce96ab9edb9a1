// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

func TestFingerprintOf(t *testing.T) {
	g := NewWithT(t)
	g.Expect(FingerprintOf(nil)).To(BeZero())
	g.Expect(FingerprintOf(&cloudify.Deployment{
		ID: "k8s-1", BlueprintID: "nodecellar", InstallationStatus: "active", DeploymentStatus: "good",
		LatestExecution: "e", LatestExecutionStatus: "completed", Unavailable: 1,
	})).To(Equal(Fingerprint{BlueprintID: "nodecellar", InstallationStatus: "active", ExecutionID: "e", ExecutionStatus: "completed", Unavailable: 1}))
	g.Expect(FingerprintOf(&cloudify.Deployment{LatestExecutionStatus: "in_progress", Drifted: 1, Unavailable: 1})).To(
		Equal(Fingerprint{ExecutionStatus: "in_progress"}), "what runs changes the counts")
}

func TestDiffers(t *testing.T) {
	settled := Fingerprint{BlueprintID: "nodecellar", InstallationStatus: "active", ExecutionID: "e", ExecutionStatus: "completed"}
	row := func(change func(*cloudify.Deployment)) *cloudify.Deployment {
		d := &cloudify.Deployment{BlueprintID: "nodecellar", InstallationStatus: "active", LatestExecution: "e", LatestExecutionStatus: "completed"}
		change(d)
		return d
	}
	asSettled := row(func(*cloudify.Deployment) {})
	for _, test := range []struct {
		name    string
		of      deployment
		row     *cloudify.Deployment
		differs bool
	}{
		{"the same", deployment{settled: &settled}, asSettled, false},
		{"another blueprint", deployment{settled: &settled}, row(func(d *cloudify.Deployment) { d.BlueprintID = "other" }), true},
		{"uninstalled", deployment{settled: &settled}, row(func(d *cloudify.Deployment) { d.InstallationStatus = "inactive" }), true},
		{"another execution", deployment{settled: &settled}, row(func(d *cloudify.Deployment) { d.LatestExecution = "f" }), true},
		{"another end", deployment{settled: &settled}, row(func(d *cloudify.Deployment) { d.LatestExecutionStatus = "failed" }), true},
		{"more drifted", deployment{settled: &settled}, row(func(d *cloudify.Deployment) { d.Drifted = 1 }), true},
		{"more unavailable", deployment{settled: &settled}, row(func(d *cloudify.Deployment) { d.Unavailable = 1 }), true},
		{"a release whose list says less", deployment{settled: &settled}, &cloudify.Deployment{BlueprintID: "nodecellar"}, false},
		{"gone", deployment{settled: &settled}, nil, true},
		{"known to be gone", deployment{settled: &Fingerprint{}, exists: true}, nil, false},
		{"back", deployment{settled: &Fingerprint{}, exists: true}, asSettled, true},
		{"not looked at, there", deployment{exists: true}, asSettled, false},
		{"not looked at, gone", deployment{exists: true}, nil, true},
		{"never created", deployment{}, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			NewWithT(t).Expect(test.of.differs(test.row)).To(Equal(test.differs))
		})
	}
}

// Each list compares each of its rows.
func BenchmarkFingerprint(b *testing.B) {
	d := cloudify.Deployment{ID: "k8s-0001", BlueprintID: "nodecellar", InstallationStatus: "active", LatestExecution: "e", LatestExecutionStatus: "completed"}
	settled := FingerprintOf(&d)
	b.ReportAllocs()
	for b.Loop() {
		if !settled.agrees(FingerprintOf(&d)) {
			b.Fatal("it did not change")
		}
	}
}
