// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// What people do with kubectl.
const (
	doApply        kind = "apply"
	doEdit         kind = "edit"
	doMistake      kind = "mistake"
	doPlan         kind = "plan"
	doSecret       kind = "secret"
	doFollow       kind = "follow"
	doRevise       kind = "revise"
	doRetry        kind = "retry"
	doPause        kind = "pause"
	doDelete       kind = "delete"
	doOrphan       kind = "orphan"
	doFlash        kind = "flash"
	doFlashSource  kind = "flash-blueprint"
	doStrip        kind = "strip"
	doStripDeleted kind = "strip-deleted"
	doRun          kind = "run"
	doCancelRun    kind = "cancel-run"
	doRemoveRun    kind = "delete-run"
)

var peopleChoices = []choice{
	{kind: doApply, weight: 12},
	{kind: doEdit, weight: 8, updates: true},
	{kind: doMistake, weight: 2, updates: true},
	{kind: doPlan, weight: 3, updates: true},
	{kind: doSecret, weight: 3, updates: true},
	{kind: doFollow, weight: 2, updates: true},
	{kind: doRevise, weight: 2},
	{kind: doRetry, weight: 3},
	{kind: doPause, weight: 2},
	{kind: doDelete, weight: 5},
	{kind: doOrphan, weight: 3},
	{kind: doFlash, weight: 4},
	{kind: doFlashSource, weight: 2},
	{kind: doStrip, weight: 2},
	{kind: doStripDeleted, weight: 1},
	{kind: doRun, weight: 10},
	{kind: doCancelRun, weight: 2},
	{kind: doRemoveRun, weight: 2},
}

// people carries out a step with kubectl's verbs.
func (w *world) people(ctx context.Context, s step) error {
	dice := s.dice()
	switch s.kind {
	case doApply:
		return w.apply(ctx, s.slot, dice)
	case doEdit:
		name, value := "port", 8001+dice.IntN(900)
		if dice.IntN(3) == 0 {
			name, value = pick(dice, "install_seconds", "uninstall_seconds"), pick(dice, 0, 5, 40)
		}
		return w.edit(ctx, s.slot, fmt.Sprintf("sets input %s to %d", name, value), func(d *v1alpha1.CloudifyDeployment) { set(d, name, value) })
	case doMistake:
		return w.edit(ctx, s.slot, "sets input port to words", func(d *v1alpha1.CloudifyDeployment) { set(d, "port", "many") })
	case doPlan:
		plan := pick(dice, "small", "large", "free", "")
		return w.edit(ctx, s.slot, "sets plan "+plan, func(d *v1alpha1.CloudifyDeployment) { d.Spec.Plan = plan })
	case doSecret:
		return w.changeSecret(ctx, s.slot, dice)
	case doFollow:
		policy := pick(dice, v1alpha1.RevisionPolicyKeep, v1alpha1.RevisionPolicyLatest)
		return w.edit(ctx, s.slot, "sets revision policy "+string(policy), func(d *v1alpha1.CloudifyDeployment) {
			d.Spec.Revision = &v1alpha1.RevisionSelection{Policy: policy}
		})
	case doRevise:
		return w.revise(ctx, blueprintOf(dice.IntN(managersInWorld)))
	case doRetry:
		return w.edit(ctx, s.slot, "asks again", func(d *v1alpha1.CloudifyDeployment) { request(d, fmt.Sprint(s.at)) })
	case doPause:
		return w.edit(ctx, s.slot, "pauses, or goes on", func(d *v1alpha1.CloudifyDeployment) { d.Spec.Paused = !d.Spec.Paused })
	case doOrphan:
		if err := w.edit(ctx, s.slot, "sets deletionPolicy Orphan", func(d *v1alpha1.CloudifyDeployment) { d.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan }); err != nil {
			return err
		}
		return w.remove(ctx, deployment(s.slot))
	case doDelete:
		return w.remove(ctx, deployment(s.slot))
	case doFlash:
		return w.flash(ctx, dice, func(i int) client.Object { return w.order(fmt.Sprintf("%s-f%x-%d", s.slot, s.seed[0]>>40, i), dice) })
	case doFlashSource:
		return w.flash(ctx, dice, func(i int) client.Object {
			b := w.blueprint(fmt.Sprintf("%s-b%x-%d", s.slot, s.seed[0]>>40, i), dice.IntN(managersInWorld))
			b.Spec.Offering = nil
			return b
		})
	case doStrip:
		return w.strip(ctx, s.slot)
	case doStripDeleted:
		if err := w.remove(ctx, deployment(s.slot)); err != nil {
			return err
		}
		sleep(ctx, within(dice, 0, 2))
		return w.strip(ctx, s.slot)
	case doRun:
		return w.run(ctx, s, dice)
	case doCancelRun:
		return w.cancelRun(ctx, s.slot, dice)
	case doRemoveRun:
		return w.removeRun(ctx, s.slot, dice)
	default:
		return errors.New("nobody knows how to do that")
	}
}

// order is a deployment as people write one.
func (w *world) order(name string, dice *rand.Rand) *v1alpha1.CloudifyDeployment {
	d := deployment(name)
	d.Spec.BlueprintRef.Name = blueprintOf(dice.IntN(managersInWorld))
	d.Spec.Inputs = inputs(map[string]any{"port": 8001 + dice.IntN(900), "install_seconds": pick(dice, 0, 0, 2, 20), "uninstall_seconds": pick(dice, 0, 0, 2, 20)})
	d.Spec.Plan = pick(dice, "", "", "small", "large")
	return d
}

// apply creates the deployment of a slot, if there is none. The Secret of an existing one stays as it is: the operator would
// not notice a change.
func (w *world) apply(ctx context.Context, slot string, dice *rand.Rand) error {
	d := w.order(slot, dice)
	secret, there := dice.IntN(2) == 0, deployment(slot)
	if err := w.insist(ctx, func(ctx context.Context) error { return w.client.Get(ctx, client.ObjectKeyFromObject(there), there) }); !apierrors.IsNotFound(err) {
		return err
	}
	if secret {
		if err := w.putSecret(ctx, slot, fmt.Sprintf("%s-%x", secretMark, dice.Uint32())); err != nil {
			return err
		}
		d.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "password", SecretKeyRef: &v1alpha1.KeyReference{Name: secretOf(slot), Key: "password"}}}
	}
	return w.create(ctx, d)
}

// flash creates objects, and deletes each some milliseconds later.
func (w *world) flash(ctx context.Context, dice *rand.Rand, next func(i int) client.Object) error {
	for i := range 3 {
		o := next(i)
		if err := w.create(ctx, o); err != nil {
			return err
		}
		sleep(ctx, within(dice, 0, 0.12))
		if err := w.remove(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// changeSecret changes what an input is taken from, and requests a look at it, because Secrets are not watched.
func (w *world) changeSecret(ctx context.Context, slot string, dice *rand.Rand) error {
	if err := w.putSecret(ctx, slot, fmt.Sprintf("%s-%x", secretMark, dice.Uint32())); err != nil {
		return err
	}
	return w.edit(ctx, slot, "changes the Secret and asks again", func(d *v1alpha1.CloudifyDeployment) { request(d, fmt.Sprint(dice.Uint32())) })
}

// revise changes the content of a blueprint.
func (w *world) revise(ctx context.Context, name string) error {
	b := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: name}}
	w.mu.Lock()
	w.versions[name]++
	version := w.versions[name]
	w.mu.Unlock()
	_, err := w.change(ctx, b, func() bool { b.Spec.Source = w.inline(version); return true })
	w.book.note(nameOf(b), "somebody writes version %d", version)
	return err
}
