// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// scope is one reconcile of a CloudifyDeployment: what it found, and what it reaches.
type scope struct {
	facts

	// manager and conn are filled by resolve.
	manager *v1alpha1.CloudifyManager
	conn    *connection.Connection
	// visit takes a slot of the Manager, in observe.
	visit *connection.Visit
	// listed is when the list began that observe read instead of the executions; zero: it read them.
	listed leadership.Moment
	// looked is when observe began to look at the deployment; zero: it did not, or goes by that list.
	looked leadership.Moment
	// followed is set by observe where the list of what runs says all that is needed, so that the Manager was not asked.
	followed bool
}

// facts are what the phases find and do, in the order in which they fill them. Decisions and status are made of facts alone:
// they reach no Manager and no client.
type facts struct {
	// now is when the reconcile began, for what is due by the clock.
	now time.Time
	object
	// blueprint is filled by claim or resolve; nil when it is gone, which only a new deployment minds.
	blueprint *v1alpha1.CloudifyBlueprint
	// references are filled by resolve, or by observe before it asks the Manager.
	references referred
	// history is begun by resolve and filled by observe.
	history history
	// timing is filled by observe while something runs, and by act when it starts or stops something.
	timing timing
	// arrival is how long a change that was not answered in time may still take to arrive at the Manager; filled by observe.
	arrival time.Duration
	// windows are those in which the operator may update by itself; filled by prepare.
	windows []window
	// adopting is set by prepare: the deployment becomes this object's own.
	adopting bool
	// hidden is filled by prepare, as far as it gets.
	hidden hidden
	// want is filled by prepare; nil while something runs, and while deleting unless an uninstall is tried again.
	want *desired
	// decision and effect are filled by act; requester is the CloudifyExecution that it waits for, if there is one.
	decision  decision
	requester string
	effect    effect
}

// effect is what act did.
type effect struct {
	// made is the deployment that it created.
	made *cloudify.Deployment
	// started is the execution that it started; of an update the Manager returns nothing but the ID.
	started *cloudify.Execution
	// removing: the Manager accepted to delete the deployment.
	removing bool
	// causes are the events that say why the execution failed.
	causes []cloudify.Event
	// pending is the update that waits for approval, with what the Manager said of it.
	pending *v1alpha1.PendingUpdate
	// refusedApproval: somebody approved an update that is not pending; set with the status.
	refusedApproval bool
	// outputs is the outputs Secret that was written or found right.
	outputs published
}

func newScope(d *v1alpha1.CloudifyDeployment, cluster string) *scope {
	return &scope{facts: facts{object: newObject(d, cluster)}}
}

// ours reports whether the deployment is this object's own, be it since now.
func (f *facts) ours() bool { return f.holds() || f.adopting }

// running is the execution that runs, or was just started; nil when none does.
func (f *facts) running() *cloudify.Execution {
	if f.effect.started != nil {
		return f.effect.started
	}
	return f.history.active()
}
