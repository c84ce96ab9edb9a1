// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// recognise fills in what a list of the deployment's executions, newest first, shows: which is the newest, what else runs, and what
// became of a start that was asked for. user is who we are at the Manager, "" where that is not known.
func (f *facts) recognise(listed []cloudify.Execution, user string) {
	if len(listed) > 0 {
		f.found.newest = listed[0].ID
	}
	var ours []*cloudify.Execution
	for i := range listed {
		e := &listed[i]
		if !f.intended() || f.found.fresh || e.ID == f.before.Status.Start.After {
			break // nothing was asked for yet; or what follows is older, for history is cleared from its old end
		}
		if f.mayBeOurs(e, user) {
			ours = append(ours, e)
		}
	}
	for i := range listed {
		if e := &listed[i]; e.Active() && (len(ours) != 1 || e != ours[0]) {
			f.found.active = e
			break
		}
	}
	if len(ours) == 1 {
		f.found.mine = ours[0]
	} else {
		for _, e := range ours {
			f.found.likely = append(f.found.likely, e.ID)
		}
	}
}

// mayBeOurs reports whether an execution is like the one that was asked for, and no other object's.
func (f *facts) mayBeOurs(e *cloudify.Execution, user string) bool {
	switch {
	case e.WorkflowID != f.execution.Spec.Workflow, f.others.held[e.ID]:
		return false
	case user != "" && e.CreatedBy != "" && e.CreatedBy != user:
		return false
	default:
		return inputs.CameOf(f.want.schema, f.want.given, e.Parameters)
	}
}
