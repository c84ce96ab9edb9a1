// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import "github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"

// Fingerprint is what a row of the list and a close look at one deployment have in common. The zero value is a deployment
// that is not there.
type Fingerprint struct {
	BlueprintID        string
	InstallationStatus string
	ExecutionID        string
	ExecutionStatus    string
	// Drifted and Unavailable are how many node instances the Manager counts; zero while an execution runs, which changes them.
	Drifted, Unavailable int
}

// FingerprintOf takes the fingerprint of a row or of a whole deployment; nil is none.
func FingerprintOf(d *cloudify.Deployment) Fingerprint {
	if d == nil {
		return Fingerprint{}
	}
	f := Fingerprint{
		BlueprintID: d.BlueprintID, InstallationStatus: d.InstallationStatus,
		ExecutionID: d.LatestExecution, ExecutionStatus: d.LatestExecutionStatus,
	}
	if d.LatestExecutionStatus != cloudify.LatestStatus("started") {
		f.Drifted, f.Unavailable = d.Drifted, d.Unavailable
	}
	return f
}

// agrees reports whether row says the same as what was settled. Lists of older releases lack fields that a close look
// shows: what a row does not say is no difference.
func (settled Fingerprint) agrees(row Fingerprint) bool {
	return same(row.BlueprintID, settled.BlueprintID) && same(row.InstallationStatus, settled.InstallationStatus) &&
		same(row.ExecutionID, settled.ExecutionID) && same(row.ExecutionStatus, settled.ExecutionStatus) &&
		row.Drifted == settled.Drifted && row.Unavailable == settled.Unavailable
}

func same(row, settled string) bool { return row == "" || row == settled }
