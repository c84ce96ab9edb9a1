// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// scope is one reconcile of a CloudifyExecution: what it found, and what it reaches.
type scope struct {
	facts

	// conn is filled by resolve.
	conn *connection.Connection
	// visit takes a slot of the Manager, before anything is asked.
	visit *connection.Visit
	// looked is when observe began to look at the deployment; zero: it did not.
	looked leadership.Moment
}

// facts are what the phases find and do, in the order in which they fill them. Decisions and status are made of facts alone.
type facts struct {
	// before is the object as it is stored; the status of execution is filled and written at the end.
	before, execution *v1alpha1.CloudifyExecution
	key               types.NamespacedName

	// deployment is filled by claim; nil when it is gone.
	deployment *v1alpha1.CloudifyDeployment
	// release of the Manager, and others, are filled by resolve.
	release cloudify.Release
	others  others
	// found is filled by observe.
	found found
	// timing is filled by observe while the execution runs, and by act when it starts or stops it.
	timing timing
	// want is filled by prepare, or by observe where it was announced just now; nil where nothing is to be started.
	want *desired
	// hidden are values that must not be shown: of parameters and inputs that are secret, as far as they were read.
	hidden []string
	// decision and effect are filled by act.
	decision decision
	effect   effect
}

// others are the other executions of the deployment.
type others struct {
	// older are the names of those that go first.
	older []string
	// held are the executions at the Manager that are theirs.
	held map[string]bool
}

// found is what the Manager shows.
type found struct {
	// mine is our execution; nil while there is none.
	mine *cloudify.Execution
	// lost: there was one, and the Manager has it no more.
	lost bool
	// likely are the executions that an unanswered start may have become, where they are several. forgotten: there is none, and the
	// Manager's history does not reach back to when it was asked for.
	likely    []string
	forgotten bool
	// active is an execution of the deployment that is not ours and runs, newest the one that was created last.
	active *cloudify.Execution
	newest string
	// arrival is how long a start that was asked for may still take to arrive. fresh: it was not asked for since the status said
	// that it is next; announced: and that was just now.
	arrival          time.Duration
	fresh, announced bool
}

// timing is how our execution stands in time, by the operator's clock.
type timing struct {
	sighting executions.Sighting
	// overdue: it has run longer than spec.timeout. unbegun: it has been pending for so long that it may never begin. unstoppable: it
	// goes on, although every way to stop it was tried.
	overdue, unbegun, unstoppable bool
	// harsher is how it is told to stop next, where it was told too long ago and has not.
	harsher cloudify.Cancellation
	// again is when to look at that again; zero: need not.
	again time.Duration
}

// desired is what is to be started.
type desired struct {
	schema inputs.Schema
	// given are the parameters of the spec and of what it refers to; digest changes with what they are made of.
	given  map[string]any
	digest string
}

// effect is what act did.
type effect struct {
	started *cloudify.Execution
	// causes are the events that say why the execution failed.
	causes []cloudify.Event
}

func newScope(e *v1alpha1.CloudifyExecution) *scope {
	return &scope{facts: facts{before: e.DeepCopy(), execution: e, key: client.ObjectKeyFromObject(e)}}
}

// subject is whose reconcile it is.
func (s *scope) subject() phases.Subject {
	return phases.Subject{Kind: "CloudifyExecution", NamespacedName: s.key}
}

func (f *facts) deleting() bool { return !f.execution.DeletionTimestamp.IsZero() }

// unwanted reports whether the execution is not to run, or not any longer.
func (f *facts) unwanted() bool {
	return f.deleting() || f.execution.Spec.Cancel || f.deployment != nil && !f.deployment.DeletionTimestamp.IsZero()
}

// managerName is the Manager of the deployment, "" while that belongs to none.
func (f *facts) managerName() string {
	if f.deployment == nil {
		return ""
	}
	return f.deployment.Annotations[v1alpha1.ManagerAnnotation]
}

// id is the execution's at the Manager, "" while it is not known.
func (f *facts) id() string {
	if f.before.Status.Execution == nil {
		return ""
	}
	return f.before.Status.Execution.ID
}

// intended reports whether the status says that a start is next, and of no execution that came of it.
func (f *facts) intended() bool { return f.before.Status.Start != nil && f.id() == "" }

// asked reports whether a start may have been asked for, and nothing is known of what became of it.
func (f *facts) asked() bool { return f.intended() && !f.found.fresh }
