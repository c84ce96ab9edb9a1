// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// workflow is what the operator knows of a workflow at the Manager.
type workflow struct {
	// underway is the reason that Ready has while it runs, undoing the one while somebody else runs it and takes away what the
	// spec asks for; "": it takes nothing away.
	underway, undoing string
	// failed and cancelled are the reasons that Ready has after an execution that was for what is asked and did not end well.
	failed, cancelled string
	// inVain is what is wrong where it succeeded all the same.
	inVain string
	// timeout is the field of the spec that bounds it; "": none does.
	timeout string
	// deed is what the Manager does in it, for people; "": what the blueprint says.
	deed string
	// byManager: the Manager starts it, so that no parameter of ours says who asked for it.
	byManager bool
	// needless: what makes a deployment is of no use once its object is deleted.
	needless bool
	// holdsUp: a deletion must wait for it to end.
	holdsUp bool
}

// The workflows that matter to a deployment's life.
const (
	workflowInstall   = cloudify.WorkflowInstall
	workflowUninstall = cloudify.WorkflowUninstall
	workflowCreate    = cloudify.WorkflowCreate
	workflowDelete    = cloudify.WorkflowDelete
	workflowUpdate    = cloudify.WorkflowUpdate
)

const (
	installTimeout   = "spec.install.timeout"
	uninstallTimeout = "spec.uninstall.timeout"
)

var workflows = map[string]workflow{
	workflowCreate: {
		underway: v1alpha1.ReasonCreating, failed: v1alpha1.ReasonCreateFailed, cancelled: v1alpha1.ReasonCreateFailed,
		timeout: installTimeout, deed: "is preparing", byManager: true, needless: true, holdsUp: true,
	},
	workflowInstall: {
		underway: v1alpha1.ReasonInstalling, failed: v1alpha1.ReasonInstallFailed, cancelled: v1alpha1.ReasonInstallCancelled,
		inVain: "not every node instance is started", timeout: installTimeout, needless: true,
	},
	workflowUpdate: {
		underway: v1alpha1.ReasonUpdating, failed: v1alpha1.ReasonUpdateFailed, cancelled: v1alpha1.ReasonUpdateCancelled,
		byManager: true, holdsUp: true,
	},
	workflowUninstall: {
		underway: v1alpha1.ReasonUninstalling, undoing: v1alpha1.ReasonForeignUninstall,
		failed: v1alpha1.ReasonUninstallFailed, cancelled: v1alpha1.ReasonUninstallFailed,
		inVain: "some node instances are still alive", timeout: uninstallTimeout,
	},
	workflowDelete: {
		underway: v1alpha1.ReasonDeleting, undoing: v1alpha1.ReasonForeignDelete,
		failed: v1alpha1.ReasonDeleteFailed, cancelled: v1alpha1.ReasonDeleteFailed,
		timeout: uninstallTimeout, deed: "is deleting", byManager: true,
	},
}

// ownWorkflows are those whose executions say what the operator did, and how it ended.
var ownWorkflows = []string{workflowCreate, workflowInstall, workflowUpdate, workflowUninstall, workflowDelete}

// workflowOf is what is known of a workflow by its name; of those that only the blueprint or others start there is little.
func workflowOf(name string) workflow {
	if known, ok := workflows[name]; ok {
		return known
	}
	return workflow{underway: v1alpha1.ReasonExecutionRunning, holdsUp: true}
}

// isOf reports whether an execution, which may be nil, is one of this workflow.
func isOf(e *cloudify.Execution, name string) bool { return e != nil && e.WorkflowID == name }

// needless reports whether an execution is of no use once its object is deleted: what makes the deployment, a preview, and an
// update that has not begun. An update that has begun is not left half done.
func needless(e *cloudify.Execution) bool {
	return workflowOf(e.WorkflowID).needless || e.IsPreview() || e.WorkflowID == workflowUpdate && e.Status != "started"
}
