// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// The workflows that matter to a deployment's life.
const (
	workflowInstall   = "install"
	workflowUninstall = "uninstall"
	workflowCreate    = "create_deployment_environment"
	workflowDelete    = "delete_deployment_environment"
	workflowUpdate    = "update"
)

// scope is one reconcile of a CloudifyDeployment.
type scope struct {
	before, deployment *v1alpha1.CloudifyDeployment
	key                types.NamespacedName
	// id is the deployment's at the Manager; what carries it is ours. cluster is what its label k8s-cluster says.
	id, cluster string

	// blueprint is filled by claim and resolve; nil when it is gone, which only a new deployment minds.
	blueprint *v1alpha1.CloudifyBlueprint
	// manager and conn are filled by resolve.
	manager *v1alpha1.CloudifyManager
	conn    *connection.Connection
	// visit takes a slot of the Manager, in observe.
	visit *connection.Visit
	// release is the Manager's, filled by resolve.
	release cloudify.Release
	// references are filled by resolve, or by observe for a close look: what inputsFrom refers to.
	references referred
	// readAgain is when to read them again, of a settled object that left them unread; zero: need not.
	readAgain time.Duration

	// looked is set by observe once the Manager has answered; what follows is filled by it too. followed: nothing was asked, for
	// the list of what runs says all that is needed.
	looked, followed bool
	// listed is when that list began, where what is to be done rests on it; zero: it does not.
	listed leadership.Moment
	// remote is the deployment at the Manager, nil when it is not there.
	remote *cloudify.Deployment
	// executions are its latest, newest first, with their parameters.
	executions []cloudify.Execution
	// live tells whether it has node instances that an uninstall would remove; while deleting, and where deployments do not tell
	// whether they are installed.
	live bool
	// adopting is set by prepare: the deployment becomes this object's own.
	adopting bool
	// sighting is since when the active execution is seen, or, filled by act, the one that was started.
	sighting sighting
	// overdue tells that the active execution has run longer than its timeout, unbegun that it has been pending for so long
	// that it may never begin.
	overdue, unbegun bool
	// escalation is how it is told to stop next, where it was told too long ago and has not.
	escalation step
	// judgeAgain is when that is to be looked at again; zero: need not.
	judgeAgain time.Duration
	// causes say why the execution that failed did so, from the events; filled by act.
	causes []cloudify.Event

	// prepared is set by prepare once revision and inputs say what the deployment should be made of; not while deleting or
	// while an execution runs. given are the inputs of the spec, fixed those of its plan, wanted both, inputs the complete
	// effective set.
	prepared             bool
	revision             string
	schema               inputs.Schema
	given, fixed, wanted map[string]any
	inputs               map[string]any
	// newerPlan tells that the plan fixes other inputs today than were applied.
	newerPlan bool

	// arrival is how long the change that was not answered in time may still take to arrive at the Manager; filled by observe.
	arrival time.Duration
	// step is filled by act.
	step step
	// started is filled by act: the execution that it started. made is the deployment that it created.
	started *cloudify.Execution
	made    *cloudify.Deployment
	// updating is filled by act: the execution of the update that it started, "" if it did not.
	updating string
	// removing is filled by act: the Manager accepted to delete the deployment.
	removing bool
	// binding is filled by act: the outputs Secret that was written or found right. unevaluated is what it lacks, omitted names
	// what it cannot hold.
	binding     string
	unevaluated []string
	omitted     string
}

func newScope(d *v1alpha1.CloudifyDeployment, cluster string) *scope {
	return &scope{before: d.DeepCopy(), deployment: d, key: client.ObjectKeyFromObject(d), id: d.RemoteID(), cluster: cluster}
}

func (s *scope) deleting() bool { return !s.deployment.DeletionTimestamp.IsZero() }

// ask is what an execution that is started now is started for. It travels as a parameter of the execution.
func (s *scope) ask() string {
	return fmt.Sprintf("%s/%s/%s", s.deployment.UID, strconv.FormatInt(s.deployment.Generation, 10), v1alpha1.RequestedAt(s.deployment))
}

// asked tells whether somebody asked again since a step was last started: a person by a request, a platform by an operation.
func asked(d *v1alpha1.CloudifyDeployment) bool {
	return v1alpha1.RequestedAt(d) != d.Status.LastHandledRequest || d.Operation() > d.Status.LastHandledOperation
}

func (s *scope) asked() bool { return asked(s.before) }

// handle notes that a step starts under the present request.
func (s *scope) handle() {
	s.deployment.Status.LastHandledRequest = v1alpha1.RequestedAt(s.deployment)
	s.deployment.Status.LastHandledOperation = s.deployment.Operation()
}

// upgrading tells whether a platform accepted another maintenance version of the plan than was brought about: the deployment
// moves to what the blueprint is today.
func (s *scope) upgrading() bool {
	applied := s.before.Status.Applied
	return applied != nil && applied.MaintenanceVersion != s.deployment.MaintenanceVersion()
}

// unhandle takes that back: the step may not have started, and a request must not get lost with it.
func (s *scope) unhandle() {
	s.deployment.Status.LastHandledRequest = s.before.Status.LastHandledRequest
	s.deployment.Status.LastHandledOperation = s.before.Status.LastHandledOperation
}

// managerName is the Manager the object was claimed for, for good.
func (s *scope) managerName() string { return s.deployment.Annotations[v1alpha1.ManagerAnnotation] }

// adopted tells whether the deployment is one that existed before its object.
func (s *scope) adopted() bool { return s.deployment.Spec.DeploymentID != "" }

// existed tells whether the status says that the deployment is at the Manager.
func (s *scope) existed() bool {
	return meta.IsStatusConditionTrue(s.before.Status.Conditions, v1alpha1.CreatedCondition)
}

// removed tells whether the status says that the Manager is deleting the deployment.
func (s *scope) removed() bool {
	created := meta.FindStatusCondition(s.before.Status.Conditions, v1alpha1.CreatedCondition)
	return created != nil && created.Reason == v1alpha1.ReasonDeleting
}

// sought tells whether the Manager was ever looked at for this object. Before that nothing is made there: the status says what
// was found before the first change is asked for.
func (s *scope) sought() bool {
	return meta.FindStatusCondition(s.before.Status.Conditions, v1alpha1.CreatedCondition) != nil
}

// holds tells whether the status says that the deployment is this object's own: always, but for one that it wants to adopt,
// and for one that it had adopted and that vanished, for what comes back under that ID may be somebody else's.
func (s *scope) holds() bool { return !s.adopted() || s.existed() || s.removed() }

// ours tells whether the deployment is this object's own, be it since now.
func (s *scope) ours() bool { return s.holds() || s.adopting }

// urgency says how soon it is the object's turn at its Manager.
func (s *scope) urgency() connection.Urgency {
	created := meta.FindStatusCondition(s.before.Status.Conditions, v1alpha1.CreatedCondition)
	switch {
	case s.deleting(), created != nil && (s.asked() || s.before.Status.ObservedGeneration != s.deployment.Generation):
		return connection.Change
	case created == nil:
		return connection.New
	case s.before.IsReady() || s.before.IsStalled():
		return connection.Resync
	default:
		return connection.Begun
	}
}

// active is the execution that runs or waits to run, nil when none does.
func (s *scope) active() *cloudify.Execution {
	for i := range s.executions {
		if s.executions[i].Active() {
			return &s.executions[i]
		}
	}
	return nil
}

// latest is the execution people want to see: the one that runs, else the one that ended last. A start that was refused
// leaves a newer row that never ran; it is passed over.
func (s *scope) latest() *cloudify.Execution {
	if active := s.active(); active != nil {
		return active
	}
	for i := range s.executions {
		if s.remote != nil && s.executions[i].ID == s.remote.LatestExecution {
			return &s.executions[i]
		}
	}
	for i := range s.executions {
		if s.ran(&s.executions[i]) {
			return &s.executions[i]
		}
	}
	return nil
}

// ran tells whether an execution began at all. Releases that do not tell when keep no start that was refused.
func (s *scope) ran(e *cloudify.Execution) bool {
	return !e.StartedAt.IsZero() || e.Cancelled() || !s.release.Has(cloudify.StartTimes)
}

// asAsked is the newest execution of a workflow that was started for exactly the present ask. An install before the last
// good update was for other inputs: values of Secrets change without a new generation.
func (s *scope) asAsked(workflow string) *cloudify.Execution {
	for i := range s.executions {
		e := &s.executions[i]
		if workflow == workflowInstall && e.WorkflowID == workflowUpdate && e.Succeeded() {
			return nil
		}
		if e.WorkflowID == workflow && e.OwnParameter() == s.ask() && (e.Active() || s.ran(e)) {
			return e
		}
	}
	return nil
}

// failedAsAsked is the execution that already tried what is asked, and failed or was cancelled.
func (s *scope) failedAsAsked(workflow string) *cloudify.Execution {
	if e := s.asAsked(workflow); e != nil && (e.Failed() || e.Cancelled()) {
		return e
	}
	return nil
}

// createFailed is the create execution where it did not end well; the Manager keeps a deployment then that is of no use.
func (s *scope) createFailed() *cloudify.Execution {
	for i := range s.executions {
		e := &s.executions[i]
		if e.WorkflowID == workflowCreate && (s.remote.CreateExecution == "" || e.ID == s.remote.CreateExecution) {
			if e.Failed() || e.Cancelled() {
				return e
			}
			return nil
		}
	}
	return nil
}

// replaceable tells whether a deployment whose creation went wrong gives way to a new one: the Manager replaces one whose
// creation failed and is all that ever happened to it, but none whose creation was cancelled.
func (s *scope) replaceable() bool {
	return s.release.Has(cloudify.ReplacesFailedCreate) && s.createFailed().Failed() && len(s.executions) == 1
}

// createdAsAsked tells whether the create execution was for what is asked now: its parameters hold the inputs, or, where a
// create is not asynchronous, the deployment has them already.
func (s *scope) createdAsAsked(e *cloudify.Execution) bool {
	if !s.release.Has(cloudify.AsyncCreate) {
		return !s.asked() && s.asWanted()
	}
	given, _ := e.Parameters["inputs"].(map[string]any)
	return !s.asked() && s.remote.BlueprintID == s.revision && inputs.Equal(given, s.wanted)
}

// failedUpdate is the last update where it was for the inputs and the revision that are wanted, and did not end well.
// Nothing that ended well since makes up for it but what left the deployment as it is wanted.
func (s *scope) failedUpdate() *cloudify.Execution {
	repaired := false
	for i := range s.executions {
		e := &s.executions[i]
		if e.WorkflowID != workflowUpdate || !s.ran(e) {
			repaired = repaired || e.Succeeded()
			continue
		}
		if !e.Failed() && !e.Cancelled() || repaired && s.asWanted() && s.installed() {
			return nil
		}
		if s.updatedAsWanted(e) {
			return e
		}
		return nil
	}
	return nil
}

// updatedAsWanted tells whether an update was for the inputs and the revision that are wanted.
func (s *scope) updatedAsWanted(e *cloudify.Execution) bool {
	if !s.release.Has(cloudify.UpdateByWorkflow) {
		return s.asWanted()
	}
	given, _ := e.Parameters["inputs"].(map[string]any)
	blueprint, _ := e.Parameters["blueprint_id"].(string)
	return inputs.Same(s.schema, s.inputs, given) && (blueprint == "" || blueprint == s.revision)
}

// asWanted tells whether the Manager has the revision and the inputs that are wanted.
func (s *scope) asWanted() bool {
	return s.remote.BlueprintID == s.revision && inputs.Same(s.schema, s.inputs, s.remote.Inputs)
}

// outdated tells whether an update is due.
func (s *scope) outdated() bool { return !s.asWanted() || s.failedUpdate() != nil && s.asked() }

// deleteFailed is the delete execution where it was the last thing that happened, and failed.
func (s *scope) deleteFailed() *cloudify.Execution {
	if latest := s.latest(); latest != nil && latest.WorkflowID == workflowDelete && !latest.Active() && !latest.Succeeded() {
		return latest
	}
	return nil
}

// installed tells whether every node instance is started.
func (s *scope) installed() bool {
	return s.remote.InstallationStatus == "active" && s.asInstalled()
}

// inTheWay tells whether what an earlier install left must go before the next, which would do all of it a second time.
func (s *scope) inTheWay() bool { return !s.release.Has(cloudify.ResumesInstalls) && s.live }

// asInstalled guards against the deployment without nodes, which is always active: it counts as installed once install ran,
// until an uninstall did.
func (s *scope) asInstalled() bool {
	for i := range s.executions {
		switch e := &s.executions[i]; {
		case e.WorkflowID == workflowUninstall && e.Succeeded():
			return s.nothingToInstall()
		case e.WorkflowID == workflowInstall && e.Succeeded():
			return true
		}
	}
	return len(s.executions) >= maxExecutions || s.nothingToInstall() // the install is so long ago that it is not listed
}

// nothingToInstall tells whether there are nodes and all of them are started, so that the Manager refuses an install, however
// they came to be. An install that failed as it is asked now is told first: something went wrong, and somebody must have read it.
func (s *scope) nothingToInstall() bool {
	return !s.offers(workflowInstall) && s.failedAsAsked(workflowInstall) == nil
}

// offers tells whether the Manager would start a workflow for the state that the node instances are in. Where release or
// blueprint have no such rules, it always would.
func (s *scope) offers(workflow string) bool {
	for i := range s.remote.Workflows {
		if w := &s.remote.Workflows[i]; w.Name == workflow {
			return w.Available == nil || *w.Available
		}
	}
	return true
}
