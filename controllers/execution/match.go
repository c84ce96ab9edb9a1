// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"slices"

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
	if f.asked() {
		since := f.sinceAsked(listed)
		for i := range since {
			if f.mayBeOurs(&since[i], user) {
				ours = append(ours, &since[i])
			}
		}
		f.found.forgotten = len(ours) == 0 && !f.reachesBack(listed)
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

// sinceAsked are those of a list that are newer than what was the newest when a start was about to be asked for.
func (f *facts) sinceAsked(listed []cloudify.Execution) []cloudify.Execution {
	after := func(e cloudify.Execution) bool { return e.ID == f.before.Status.Start.After }
	if i := slices.IndexFunc(listed, after); i >= 0 {
		return listed[:i]
	}
	return listed
}

// reachesBack reports whether a list shows all that came since a start was about to be asked for. It does not where older ones were
// cleared, or where the deployment was created anew.
func (f *facts) reachesBack(listed []cloudify.Execution) bool {
	return f.before.Status.Start.After == "" || len(f.sinceAsked(listed)) < len(listed)
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
