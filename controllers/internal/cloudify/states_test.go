// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"
)

func TestStates(t *testing.T) {
	g := NewWithT(t)
	for state, want := range map[string][3]bool{ // uploaded, failed, in progress
		"uploaded": {true, false, false},
		"invalid":  {false, true, false}, "failed_uploading": {false, true, false}, "failed_extracting": {false, true, false},
		"failed_parsing": {false, true, false}, "failed_extracting_to_file_server": {false, true, false},
		"pending": {false, false, true}, "uploading": {false, false, true}, "extracting": {false, false, true},
		"parsing": {false, false, true}, "validating": {false, false, true}, "a state to come": {false, false, true},
	} {
		b := &Blueprint{State: state}
		g.Expect([3]bool{b.Uploaded(), b.Failed(), b.InProgress()}).To(Equal(want), state)
	}
	for status, want := range map[string][4]bool{ // active, succeeded, failed, cancelled
		"terminated": {false, true, false, false}, "failed": {false, false, true, false}, "cancelled": {false, false, false, true},
		"scheduled": {}, "queued": {true}, "pending": {true}, "started": {true},
		"cancelling": {true}, "force_cancelling": {true}, "kill_cancelling": {true}, "a status to come": {true},
	} {
		e := &Execution{Status: status}
		g.Expect([4]bool{e.Active(), e.Succeeded(), e.Failed(), e.Cancelled()}).To(Equal(want), status)
	}
	var none *Execution
	g.Expect(none.Active() || none.Succeeded() || none.Failed() || none.Cancelled()).To(BeFalse())
	g.Expect(none.OwnParameter()).To(BeEmpty())
	g.Expect((&Execution{Parameters: map[string]any{"cloudify_operator": json.Number("1")}}).OwnParameter()).To(BeEmpty())
	g.Expect((&Execution{Parameters: map[string]any{"cloudify_operator": "u/1/"}}).OwnParameter()).To(Equal("u/1/"))
	g.Expect(none.IsPreview()).To(BeFalse())
	g.Expect((&Execution{WorkflowID: "update", Parameters: map[string]any{"preview": false}}).IsPreview()).To(BeFalse())
	g.Expect((&Execution{WorkflowID: "show", Parameters: map[string]any{"preview": true}}).IsPreview()).To(BeFalse())
	preview := &Execution{WorkflowID: "update", Parameters: map[string]any{"preview": true, "update_id": "d-1"}}
	g.Expect(preview.IsPreview()).To(BeTrue())
	g.Expect(preview.UpdateID()).To(Equal("d-1"))
	for state, live := range map[string]bool{
		"uninitialized": false, "deleted": false,
		"creating": true, "started": true, "stopped": true, "deleting": true, "a state to come": true,
	} {
		g.Expect((&NodeInstance{State: state}).Live()).To(Equal(live), state)
	}
}

func TestWithOwnParameter(t *testing.T) {
	g := NewWithT(t)
	asked := map[string]any{"ignore_failure": true, "cloudify_operator": "somebody else's"}
	started := NewExecution{WorkflowID: "uninstall", Parameters: asked}.WithOwnParameter("uid/2/")
	g.Expect(started).To(Equal(NewExecution{
		WorkflowID: "uninstall", Parameters: map[string]any{"ignore_failure": true, "cloudify_operator": "uid/2/"}, AllowCustomParameters: true,
	}))
	g.Expect(asked["cloudify_operator"]).To(Equal("somebody else's"), "what was given stays as it was")
}
