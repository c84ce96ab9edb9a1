// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
)

// object is the CloudifyDeployment that is reconciled.
type object struct {
	// before is the object as it is stored; the status of deployment is filled and written at the end.
	before, deployment *v1alpha1.CloudifyDeployment
	key                types.NamespacedName
	// id is the deployment's at the Manager; what carries it is ours. cluster is what its label k8s-cluster says.
	id, cluster string
}

func newObject(d *v1alpha1.CloudifyDeployment, cluster string) object {
	return object{before: d.DeepCopy(), deployment: d, key: client.ObjectKeyFromObject(d), id: d.RemoteID(), cluster: cluster}
}

func (o *object) deleting() bool { return !o.deployment.DeletionTimestamp.IsZero() }

// managerName is the Manager the object was claimed for, for good.
func (o *object) managerName() string { return o.deployment.Annotations[v1alpha1.ManagerAnnotation] }

// ask is what an execution that is started now is started for. It travels as a parameter of the execution.
func (o *object) ask() string {
	return fmt.Sprintf("%s/%s/%s", o.deployment.UID, strconv.FormatInt(o.deployment.Generation, 10), v1alpha1.RequestedAt(o.deployment))
}

// startedFor reports whether an execution carries the operator's parameter for this object.
func (o *object) startedFor(e *cloudify.Execution) bool {
	return strings.HasPrefix(e.OwnParameter(), string(o.deployment.UID)+"/")
}

// asked reports whether somebody asked for a retry since a step was last started.
func (o *object) asked() bool { return o.before.IsAsked() }

func (o *object) subject() phases.Subject {
	return phases.Subject{Kind: "CloudifyDeployment", NamespacedName: o.key}
}

// unfinished reports whether what was asked of the object last has neither succeeded nor failed.
func (o *object) unfinished() bool {
	applied := o.before.Status.Applied
	succeeded := applied != nil && applied.Generation == o.before.Generation && !o.deleting()
	return !succeeded && (!o.before.IsStalled() || o.asked())
}

// handle notes that a step starts under the present request.
func (o *object) handle() {
	o.deployment.Status.LastHandledRequest = v1alpha1.RequestedAt(o.deployment)
	o.deployment.Status.LastHandledOperation = o.deployment.Operation()
}

// unhandle takes that back: the step may not have started, and a request must not get lost with it.
func (o *object) unhandle() {
	o.deployment.Status.LastHandledRequest = o.before.Status.LastHandledRequest
	o.deployment.Status.LastHandledOperation = o.before.Status.LastHandledOperation
}

// upgrading reports whether a platform accepted another maintenance version of the plan than was applied: the deployment moves
// to what the blueprint is today.
func (o *object) upgrading() bool {
	applied := o.before.Status.Applied
	return applied != nil && applied.MaintenanceVersion != o.deployment.MaintenanceVersion()
}

// adopted reports whether the deployment is one that existed before its object.
func (o *object) adopted() bool { return o.deployment.Spec.DeploymentID != "" }

// existed reports whether the status says that the deployment is at the Manager.
func (o *object) existed() bool {
	return meta.IsStatusConditionTrue(o.before.Status.Conditions, v1alpha1.CreatedCondition)
}

// removed reports whether the status says that the Manager is deleting the deployment.
func (o *object) removed() bool {
	created := o.created()
	return created != nil && created.Reason == v1alpha1.ReasonDeleting
}

// sought reports whether the Manager was ever looked at for this object. Before that nothing is made there: the status says
// what was found before the first change is asked for.
func (o *object) sought() bool { return o.created() != nil }

func (o *object) created() *metav1.Condition {
	return meta.FindStatusCondition(o.before.Status.Conditions, v1alpha1.CreatedCondition)
}

// holds reports whether the status says that the deployment is this object's own. It always is, except one that the object
// wants to adopt, and one that it had adopted and that vanished: what comes back under that ID may be somebody else's.
func (o *object) holds() bool { return !o.adopted() || o.existed() || o.removed() }

// begins reports whether the status says that the deployment is being created, and answers to all that was asked: an install that
// is started now is all that is new. Lists are read often then, so that one soon shows an install that goes on, and wakes the object
// to say so.
func (o *object) begins() bool {
	ready := meta.FindStatusCondition(o.before.Status.Conditions, v1alpha1.ReadyCondition)
	return ready != nil && ready.Reason == v1alpha1.ReasonCreating && ready.ObservedGeneration == o.deployment.Generation &&
		o.before.Status.Unanswered == nil && !o.asked()
}

// timeout is how long a workflow may run by the spec; zero: as long as it likes.
func (o *object) timeout(name string) time.Duration {
	spec := o.deployment.Spec
	switch field := workflowOf(name).timeout; {
	case field == installTimeout && spec.Install != nil && spec.Install.Timeout != nil:
		return spec.Install.Timeout.Duration
	case field == uninstallTimeout && spec.Uninstall != nil && spec.Uninstall.Timeout != nil:
		return spec.Uninstall.Timeout.Duration
	default:
		return 0
	}
}

// timedOut reports whether an execution was cancelled because it ran into its timeout.
func (o *object) timedOut(e *cloudify.Execution) bool {
	return o.deployment.Status.TimedOutExecution == e.ID
}

// startedHere reports whether the operator started an execution, or had the Manager do it.
func (o *object) startedHere(e *cloudify.Execution) bool {
	switch e.WorkflowID {
	case workflowCreate:
		return !o.adopted()
	case workflowDelete:
		return o.deleting()
	default:
		return o.startedFor(e)
	}
}

// toOrphan is the way out of a deletion that is held up.
const toOrphan = "to delete this object and leave the deployment at the Manager, set spec.deletionPolicy to Orphan"

// wayOut reminds of the deletion policy when deletion is held up.
func (o *object) wayOut() string {
	if !o.deleting() {
		return ""
	}
	return "; " + toOrphan
}

// withWayOut adds it as advice to whatever holds a deletion up and does not name it: a refusal, an outage, a Manager at work.
func (o *object) withWayOut(out outcome.Outcome) outcome.Outcome {
	held := out.Kind == outcome.Retry || out.Kind == outcome.Stalled || out.Unseen || out.Reason == v1alpha1.ReasonManagerBusy
	if !o.deleting() || !held || strings.Contains(out.Message+out.Advice, toOrphan) {
		return out
	}
	return out.Advised(toOrphan)
}
