// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// This file is what controllers say to a Watcher and ask of it. Nothing here asks a Manager: all is answered from memory.

// Track says that object stands for a deployment, and whether it was created as far as its status knows. Said again it
// changes nothing. After Forget the object is woken again, but does not count for the inventory.
func (w *Watcher) Track(manager, deploymentID string, object types.NamespacedName, exists bool) {
	m := w.lock(manager)
	defer m.Unlock()
	m.deployments.track(deploymentID, object, exists)
}

// Forget says that a deployment was let go, or that the Manager accepted to delete it: its absence is no loss. Executions
// of its object that were followed, or listed, so far are news no longer.
func (w *Watcher) Forget(manager, deploymentID string) {
	m := w.lock(manager)
	defer m.Unlock()
	if object, found := m.deployments.forget(deploymentID); found {
		m.executions.forget(object)
	}
}

// Settle says what a close look saw, the zero Fingerprint if it was nothing: lists that began later wake the object until
// they agree.
func (w *Watcher) Settle(manager, deploymentID string, f Fingerprint) {
	m := w.lock(manager)
	defer m.Unlock()
	m.deployments.settle(deploymentID, f)
}

// Agree says what an object shows that was not looked at closely, for its status or the latest list still holds: lists wake it
// until they agree. It is no news of the deployment, which counts as missing if a list that began before lacks it.
func (w *Watcher) Agree(manager, deploymentID string, f Fingerprint) {
	m := w.lock(manager)
	defer m.Unlock()
	m.deployments.agree(deploymentID, f)
}

// Look reads a deployment's row in the latest list. Track comes before it.
func (w *Watcher) Look(manager, deploymentID string) (cloudify.Deployment, Seen) {
	m := w.lock(manager)
	defer m.Unlock()
	return m.deployments.look(deploymentID)
}

// Gone says that a deployment is not there, as the Manager answered: it is nobody's namesake.
func (w *Watcher) Gone(manager, deploymentID string) {
	m := w.lock(manager)
	defer m.Unlock()
	m.deployments.gone(deploymentID)
}

// Namesakes are the deployments other than its own that carry this cluster's label and the name of an object: they were made for
// earlier objects of that name. known: the lists can tell; if they cannot, one that can is asked for. Unless there are none, object
// is woken by the first list that says otherwise.
func (w *Watcher) Namesakes(manager, deploymentID string, object types.NamespacedName) (ids []string, known bool) {
	if w.options.Cluster == "" {
		return nil, true
	}
	m := w.lock(manager)
	defer m.Unlock()
	found := m.deployments.ask(object, deploymentID)
	if !found.known {
		m.reschedule()
	}
	return found.ids, found.known
}

// ListNow asks for a list of deployments that begins later than the call, at once or a second after the last. It wakes every
// tracked object whose deployment is not in it, be that news or not.
func (w *Watcher) ListNow(manager string) {
	m := w.lock(manager)
	defer m.Unlock()
	m.deployments.askedAt = m.clock.next()
	m.reschedule()
}

// ListedAt is when the latest complete list of deployments began; zero: there was none since the connection opened.
func (w *Watcher) ListedAt(manager string) time.Time {
	m := w.lock(manager)
	defer m.Unlock()
	return m.deployments.latest.at
}

// InventoryLost reports whether most of a Manager's deployments vanished between two lists, and how many of how many. It
// stays so until AcceptInventory. Both numbers are zero after RestoreLost.
func (w *Watcher) InventoryLost(manager string) (missing, known int, lost bool) {
	m := w.lock(manager)
	defer m.Unlock()
	i := m.deployments.inventory
	return i.missing, i.known, i.lost
}

// AcceptInventory says that a Manager which lost its inventory is right: what the latest list lacks, or the next one if there
// was none, is no longer known. Every tracked object is woken.
func (w *Watcher) AcceptInventory(manager string) {
	m := w.lock(manager)
	defer m.Unlock()
	m.deployments.acceptInventory()
}

// RestoreLost says, before Open, that the inventory was lost when the operator last ran and that nobody accepted it. What
// this process found out by itself stands.
func (w *Watcher) RestoreLost(manager string) {
	m := w.lock(manager)
	defer m.Unlock()
	m.deployments.inventory.restore()
}

// FollowExecution makes the poller list often until an execution has ended or is gone, and then wakes object.
func (w *Watcher) FollowExecution(manager, executionID string, object types.NamespacedName) {
	m := w.lock(manager)
	defer m.Unlock()
	m.follow(&m.executions.byID, executionID, object)
}

// FollowDeployment makes the poller list often until nothing runs of a deployment, and then wakes object: for what was asked of
// the Manager, and has no execution that is known by its ID.
func (w *Watcher) FollowDeployment(manager, deploymentID string, object types.NamespacedName) {
	m := w.lock(manager)
	defer m.Unlock()
	m.follow(&m.executions.byDeployment, deploymentID, object)
}

// FollowRun makes the poller list often until an execution has ended or is gone, and wakes the CloudifyExecution that stands for it as
// it moves on, and then.
func (w *Watcher) FollowRun(manager, executionID string, object types.NamespacedName) {
	m := w.lock(manager)
	defer m.Unlock()
	m.follow(&m.executions.runs.follows, executionID, object)
}

// ForgetRuns says that a CloudifyExecution has come to its end, or is gone, whichever Manager it was at.
func (w *Watcher) ForgetRuns(object types.NamespacedName) {
	w.mu.Lock()
	memories := slices.Collect(maps.Values(w.memories))
	w.mu.Unlock()
	for _, m := range memories {
		m.Lock()
		m.executions.runs.forget(object)
		m.Unlock()
	}
}

// Run is an execution of a deployment as the latest list shows it, or as it ended lately if it was followed; without its parameters.
func (w *Watcher) Run(manager, deploymentID, executionID string) (cloudify.Execution, bool) {
	m := w.lock(manager)
	defer m.Unlock()
	return m.executions.row(executionID, deploymentID)
}

// Running reads what runs of a deployment in the latest list.
func (w *Watcher) Running(manager, deploymentID string, object types.NamespacedName) Running {
	m := w.lock(manager)
	defer m.Unlock()
	return m.executions.running(deploymentID, object)
}

// Ended returns an execution that was followed and ended lately, as it was then and without its parameters.
func (w *Watcher) Ended(manager, executionID string) (cloudify.Execution, bool) {
	m := w.lock(manager)
	defer m.Unlock()
	e, found := m.executions.ended[executionID]
	return e.Execution, found
}

// Await asks for a list of unfinished executions that begins later than the call, at once or a second after the last, and
// wakes object when it was made.
func (w *Watcher) Await(manager string, object types.NamespacedName) {
	m := w.lock(manager)
	defer m.Unlock()
	m.executions.awaiting[object] = m.clock.next()
	m.reschedule()
}

// TrackBlueprint says how object saw a blueprint that exists: lists that began later wake the object until they agree.
func (w *Watcher) TrackBlueprint(manager string, b *cloudify.Blueprint, object types.NamespacedName) {
	m := w.lock(manager)
	defer m.Unlock()
	m.blueprints.track(b.ID, object, b.State, b.CreatedAt)
}

// ForgetBlueprint says that a blueprint was let go or is being deleted. If several objects refer to it, they are woken, and
// those that stay track it again.
func (w *Watcher) ForgetBlueprint(manager, blueprintID string) {
	m := w.lock(manager)
	defer m.Unlock()
	m.blueprints.forget(blueprintID)
}

// FollowUpload makes the poller list often until the upload of a blueprint is over, well or not, and then wakes object.
func (w *Watcher) FollowUpload(manager, blueprintID string, object types.NamespacedName) {
	m := w.lock(manager)
	defer m.Unlock()
	m.follow(&m.blueprints.uploads, blueprintID, object)
}

// BlueprintPresent reports whether a blueprint that object saw uploaded is still so, and still the one that was created then,
// as far as the lists know. One that was not tracked, as after a restart, is tracked from here on and taken for present: a
// list wakes the object if it is not.
func (w *Watcher) BlueprintPresent(manager, blueprintID string, object types.NamespacedName, created time.Time) bool {
	m := w.lock(manager)
	defer m.Unlock()
	return m.blueprints.present(blueprintID, object, created)
}

// BlueprintStands reports whether a blueprint is as object saw it last, whatever its state, as far as the lists know. What
// object did not see since the process began is not known.
func (w *Watcher) BlueprintStands(manager, blueprintID string, object types.NamespacedName) bool {
	m := w.lock(manager)
	defer m.Unlock()
	return m.blueprints.stands(blueprintID, object)
}

// Discover makes the poller list all blueprints of a Manager every interval and wake its CloudifyManager after each list;
// zero ends that.
func (w *Watcher) Discover(manager string, interval time.Duration) {
	m := w.lock(manager)
	defer m.Unlock()
	if m.discovery.discoverEvery(interval) {
		m.reschedule()
	}
}

// Found is the latest complete list of a Manager's blueprints; nil: there was none since the connection opened.
func (w *Watcher) Found(manager string) []cloudify.Blueprint {
	m := w.lock(manager)
	defer m.Unlock()
	return m.discovery.found
}

// SetFinding notes what became of what was found, nil if nothing is looked for, and wakes the CloudifyManager when that is
// news.
func (w *Watcher) SetFinding(manager string, f *Finding) {
	m := w.lock(manager)
	defer m.Unlock()
	if m.discovery.setFinding(f) {
		m.wakeManager()
	}
}

// Finding is what became of what was found at a Manager; nil: it is not known.
func (w *Watcher) Finding(manager string) *Finding {
	m := w.lock(manager)
	defer m.Unlock()
	return m.discovery.finding
}

// Census is the latest count of what carries this cluster's label; nil: there was none yet. Each count wakes the
// CloudifyManager.
func (w *Watcher) Census(manager string) *Census {
	m := w.lock(manager)
	defer m.Unlock()
	return m.census.latest
}

// CountAgain asks for another count soon: what the latest found may have been on its way.
func (w *Watcher) CountAgain(manager string) {
	m := w.lock(manager)
	defer m.Unlock()
	m.census.again = true
	m.reschedule()
}
