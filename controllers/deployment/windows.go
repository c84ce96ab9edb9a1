// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
)

// An update that the operator would make by itself waits for a maintenance window, where there are any. What the spec itself, a
// person or a platform asks for does not.

// window is a maintenance window.
type window struct {
	schedule *cron.SpecSchedule
	duration time.Duration
	zone     *time.Location
}

// fiveFields reads schedules as cron does, without the words and time zones that some programs allow in them.
var fiveFields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// readWindows reads those of the spec, or says which is wrong. What the schema refuses does not come here.
func (f *facts) readWindows() error {
	f.windows = nil
	for i := range f.deployment.Spec.MaintenanceWindows {
		w, err := windowOf(&f.deployment.Spec.MaintenanceWindows[i], f.now)
		if err != nil {
			return outcome.Stall(v1alpha1.ReasonInvalidMaintenanceWindow, "spec.maintenanceWindows[%d]: %v", i, err)
		}
		f.windows = append(f.windows, w)
	}
	return nil
}

func windowOf(spec *v1alpha1.MaintenanceWindow, now time.Time) (w window, err error) {
	w.duration = spec.Duration.Duration
	if w.zone, err = time.LoadLocation(spec.TimeZone); err != nil { // "" is UTC
		return w, fmt.Errorf("timeZone %q is not in the IANA database: use a name such as Europe/Berlin", spec.TimeZone)
	}
	schedule, err := fiveFields.Parse(spec.Schedule)
	if err != nil {
		return w, fmt.Errorf("schedule %q is not valid: %w", spec.Schedule, err)
	}
	w.schedule = schedule.(*cron.SpecSchedule) // as each schedule of fields is
	if w.schedule.Next(now).IsZero() {
		return w, fmt.Errorf("schedule %q never comes: check its day and month", spec.Schedule)
	}
	return w, nil
}

// opens is when the window that is open now began, or else when the next begins.
func (w window) opens(now time.Time) time.Time {
	return w.schedule.Next(now.Add(-w.duration).In(w.zone))
}

// windowOpens is when the first window begins that is not over yet; closed: that is in the future. Without windows nothing waits.
func (f *facts) windowOpens() (at time.Time, closed bool) {
	for _, w := range f.windows {
		if opens := w.opens(f.now); at.IsZero() || opens.Before(at) {
			at = opens
		}
	}
	return at, at.After(f.now)
}

// mayWait reports whether an update of the deployment may wait for a window at all: it is installed, its last update did not leave
// it half done, and nobody asked for a retry or an upgrade. Where updates wait for approval, somebody says when.
func (f *facts) mayWait() bool {
	_, closed := f.windowOpens()
	return closed && !f.deployment.NeedsApproval() && f.before.Status.Applied != nil && f.history.exists() && f.history.installed() && !f.history.updateFailed() &&
		!f.asked() && !f.upgrading()
}

// heldBack is the newest revision of the blueprint where the deployment follows it, and waits with that for a window; "" otherwise.
// Whatever else the spec asks for is applied to the revision that it has.
func (f *facts) heldBack() string {
	if b := f.blueprint; f.deployment.FollowsLatest() && b != nil && b.IsReady() && f.mayWait() {
		if has := f.before.Status.Applied.BlueprintID; has != b.Status.BlueprintID && f.hasRevision(has) {
			return b.Status.BlueprintID
		}
	}
	return ""
}

// awaitsWindow reports whether an update that is due waits for a window: the spec asks for nothing else than was applied, so that it
// is for what came from elsewhere.
func (f *facts) awaitsWindow() bool {
	return f.mayWait() && f.appliedAsAsked() && !f.mayArrive(stepUpdate)
}

// awaits reports whether an update waits for a window: one that is due, or the move to a newer revision.
func (f *facts) awaits() bool {
	return f.want != nil && f.history.remote != nil && f.history.active() == nil &&
		(f.outdated() && f.awaitsWindow() || f.heldBack() != "")
}

// appliedAsAsked reports whether the spec asks for what it asked for when it was last applied, as far as an update applies it.
func (f *facts) appliedAsAsked() bool {
	applied := f.before.Status.Applied
	if applied.Spec == "" { // as an earlier version of the operator left it
		return applied.Generation == f.deployment.Generation
	}
	return applied.Spec == askedDigest(&f.deployment.Spec)
}

// askedDigest identifies what a spec asks for that an update applies. All of it stands in the spec for whoever may read the object.
func askedDigest(spec *v1alpha1.CloudifyDeploymentSpec) string {
	text, err := json.Marshal([]any{spec.Plan, spec.Inputs, spec.InputsFrom, spec.Revision})
	if err != nil {
		return "" // what was decoded can be encoded
	}
	return references.DigestOf(text)
}

// updateFailed reports whether the last update that ran did not end well.
func (h *history) updateFailed() bool {
	for i := range h.executions {
		if e := &h.executions[i]; e.WorkflowID == workflowUpdate && h.ran(e) {
			return !e.Succeeded()
		}
	}
	return false
}

// awaitingMessage says what waits for a window, and until when.
func (f *facts) awaitingMessage() string {
	at, _ := f.windowOpens()
	what := "an update of inputs or revision that the spec did not ask for"
	if revision := f.heldBack(); revision != "" {
		what = "the move to revision " + revision
	}
	return fmt.Sprintf("%s waits for the maintenance window that begins at %s (%s): to update at once, set the annotation %s to a new value",
		what, at.Format(time.RFC3339), at.Location(), v1alpha1.RequestedAtAnnotation)
}

// awaitedWindow is when the window begins for which an update waits now.
func (f *facts) awaitedWindow() (at time.Time, awaited bool) {
	if !f.awaits() {
		return time.Time{}, false
	}
	return f.windowOpens()
}

// windowOpened reports whether the window has come for which the status says that an update waits.
func (f *facts) windowOpened() bool {
	awaited := f.before.Status.AwaitedWindow
	return awaited != nil && !f.now.Before(awaited.Time)
}
