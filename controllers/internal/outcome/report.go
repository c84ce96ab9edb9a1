// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package outcome

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Object is one of our kinds.
type Object interface {
	client.Object
	GetConditions() []metav1.Condition
}

// Reporter makes the one status write of a reconcile, and after it tells what changed.
type Reporter struct {
	Client   client.Client
	Recorder events.EventRecorder
	// Resync is the longest time between two looks at an object.
	Resync time.Duration
}

// Report patches the status where it differs from before, tells a change of Ready's reason, and says when to look again.
func (r Reporter) Report(ctx context.Context, before, after Object, out Outcome) (ctrl.Result, error) {
	if out.Silent() || out.Untold {
		return r.Again(out)
	}
	switch err := r.patch(ctx, before, after); {
	case apierrors.IsNotFound(err):
		return ctrl.Result{}, nil
	case err != nil:
		return ctrl.Result{Priority: &ordinary}, err
	}
	r.tell(ctx, before, after)
	return r.Again(out)
}

func (r Reporter) patch(ctx context.Context, before, after Object) error {
	if equality.Semantic.DeepEqual(before, after) { // quicker than a patch that says nothing, for thousands of idle objects
		return nil
	}
	if data, err := client.MergeFrom(before).Data(after); err != nil || string(data) == "{}" {
		return err
	}
	// The lock keeps a leader that was thawed after its lease ended from overwriting what its successor found.
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, after, patch); err != nil {
		return fmt.Errorf("patch status: %w", err)
	}
	return nil
}

// ahead are reasons that say what is about to happen. The status says so; events tell what happened.
var ahead = []string{v1alpha1.ReasonQueued, v1alpha1.ReasonCreating, v1alpha1.ReasonStarting}

// tell announces and logs a change of Ready's reason: an event marks a change, and the log has its outcomes. Messages are for those
// who may see the object, and not for the log.
func (r Reporter) tell(ctx context.Context, before, after Object) {
	was := meta.FindStatusCondition(before.GetConditions(), v1alpha1.ReadyCondition)
	is := meta.FindStatusCondition(after.GetConditions(), v1alpha1.ReadyCondition)
	if is == nil || was != nil && was.Reason == is.Reason || slices.Contains(ahead, is.Reason) {
		return
	}
	r.Announce(after, is.Reason, "Reconcile", is.Message)
	switch {
	case is.Status == metav1.ConditionTrue:
		ctrl.LoggerFrom(ctx).Info("Became ready")
	case meta.IsStatusConditionTrue(after.GetConditions(), v1alpha1.StalledCondition):
		ctrl.LoggerFrom(ctx).Info("Stalled", "reason", is.Reason)
	}
}

// Announce makes an event, which is a Warning where its reason asks a person to act.
func (r Reporter) Announce(o client.Object, reason, action, message string) {
	kind := corev1.EventTypeNormal
	if v1alpha1.AsksToAct(reason) {
		kind = corev1.EventTypeWarning
	}
	r.Recorder.Eventf(o, nil, kind, reason, action, "%s", Truncate(message, maxEventNote))
}

// AnnounceRestored makes an event of a finalizer that somebody took and that is back.
func (r Reporter) AnnounceRestored(o client.Object) {
	r.Announce(o, v1alpha1.ReasonFinalizerRestored, "Claim", "somebody removed the finalizer "+v1alpha1.Finalizer+
		"; the operator restored it, because without it a deletion could leave behind what the object stands for at the Manager")
}

// ordinary is the priority of work, low that of a look at what is probably as it should be.
var ordinary, low = 0, handler.LowPriority

// Again says when to look again. Each answer has a priority, because an object would otherwise keep the one it was woken with.
func (r Reporter) Again(out Outcome) (ctrl.Result, error) {
	switch {
	case out.Kind == Gone:
		return ctrl.Result{}, nil
	case out.Kind == Withheld:
		return ctrl.Result{}, out.Err
	case out.Kind == Retry && out.After == 0:
		return ctrl.Result{Priority: &ordinary}, out.Err
	case out.After > 0 && out.After < r.Resync:
		return ctrl.Result{RequeueAfter: out.After, Priority: &ordinary}, nil
	default:
		return ctrl.Result{RequeueAfter: jitter(r.Resync), Priority: &low}, nil
	}
}

// jitter spreads what began together over a fifth of its period.
func jitter(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d/5)+1)) //nolint:gosec // no secret depends on it
}

// Bounds of events.k8s.io and of our schema.
const (
	maxEventNote = 1024
	maxMessage   = 4096
)

// Truncate cuts s to at most n bytes at a rune, and shows that it did.
func Truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const ellipsis = "…"
	cut := n - len(ellipsis)
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + ellipsis
}

// Enumerate joins the first n of items and counts the rest.
func Enumerate(items []string, n int) string {
	if len(items) <= n {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(items[:n], ", "), len(items)-n)
}
