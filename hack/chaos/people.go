// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
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
	default:
		return errors.New("nobody knows how to do that")
	}
}

func pick[T any](dice *rand.Rand, from ...T) T { return from[dice.IntN(len(from))] }

func deployment(name string) *v1alpha1.CloudifyDeployment {
	return &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: name}}
}

func set(d *v1alpha1.CloudifyDeployment, name string, value any) {
	if d.Spec.Inputs == nil {
		d.Spec.Inputs = map[string]v1alpha1.JSON{}
	}
	d.Spec.Inputs[name] = inputs(map[string]any{name: value})[name]
}

func request(o metav1.Object, when string) {
	annotations := o.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[v1alpha1.RequestedAtAnnotation] = when
	o.SetAnnotations(annotations)
}

// order is a deployment as people write one.
func (w *world) order(name string, dice *rand.Rand) *v1alpha1.CloudifyDeployment {
	d := deployment(name)
	d.Spec.BlueprintRef.Name = blueprintOf(dice.IntN(managersInWorld))
	d.Spec.Inputs = inputs(map[string]any{"port": 8001 + dice.IntN(900), "install_seconds": pick(dice, 0, 0, 2, 20), "uninstall_seconds": pick(dice, 0, 0, 2, 20)})
	d.Spec.Plan = pick(dice, "", "", "small", "large")
	return d
}

// apply creates the deployment of a slot, if there is none. The Secret of one that is there stays: nobody would be told that it
// changed.
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

// create creates an object; one that is there already stays.
func (w *world) create(ctx context.Context, o client.Object) error {
	err := w.insist(ctx, func(ctx context.Context) error { return w.client.Create(ctx, o) })
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create %s: %w", nameOf(o), err)
	}
	w.recorder.see(o)
	w.book.note(nameOf(o), "somebody creates it (uid %s)", o.GetUID())
	return nil
}

// edit changes the deployment of a slot, if there is one that nobody deletes.
func (w *world) edit(ctx context.Context, slot, told string, change func(*v1alpha1.CloudifyDeployment)) error {
	d := deployment(slot)
	done, err := w.change(ctx, d, func() bool {
		if !d.DeletionTimestamp.IsZero() && d.Spec.DeletionPolicy != "" {
			return false
		}
		change(d)
		return true
	})
	if done {
		w.book.note(nameOf(d), "somebody %s", told)
	}
	return err
}

// change reads an object, changes it and writes it, until nobody else comes in between. It tells whether it did.
func (w *world) change(ctx context.Context, o client.Object, change func() bool) (done bool, err error) {
	for {
		err = w.insist(ctx, func(ctx context.Context) error { return w.client.Get(ctx, client.ObjectKeyFromObject(o), o) })
		if err == nil && !change() {
			return false, nil
		}
		if err == nil {
			err = w.insist(ctx, func(ctx context.Context) error { return w.client.Update(ctx, o) })
		}
		switch {
		case apierrors.IsNotFound(err):
			return false, nil
		case !apierrors.IsConflict(err):
			return err == nil, err
		}
	}
}

// remove deletes an object, if it is there.
func (w *world) remove(ctx context.Context, o client.Object) error {
	w.book.note(nameOf(o), "somebody deletes it")
	return client.IgnoreNotFound(w.insist(ctx, func(ctx context.Context) error { return w.client.Delete(ctx, o) }))
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

// strip takes the finalizers of a slot's deployment away, as people do who are tired of waiting.
func (w *world) strip(ctx context.Context, slot string) error {
	d := deployment(slot)
	patch := client.RawPatch(types.JSONPatchType, []byte(`[{"op":"remove","path":"/metadata/finalizers"}]`))
	err := w.insist(ctx, func(ctx context.Context) error { return w.client.Patch(ctx, d, patch) })
	if apierrors.IsNotFound(err) || apierrors.IsInvalid(err) {
		return nil // nobody is there, or nothing to take away
	}
	if err == nil {
		w.book.strip(d.UID, d.ResourceVersion)
		w.book.note(nameOf(d), "somebody takes its finalizers away")
	}
	return err
}

func secretOf(slot string) string { return slot + "-password" }

func (w *world) putSecret(ctx context.Context, slot, value string) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: secretOf(slot)}}
	fill := func() bool { secret.Data = map[string][]byte{"password": []byte(value)}; return true }
	done, err := w.change(ctx, secret, fill)
	if done || err != nil {
		return err
	}
	fill()
	secret.ResourceVersion = ""
	err = w.insist(ctx, func(ctx context.Context) error { return w.client.Create(ctx, secret) })
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// changeSecret changes what an input is taken from, and tells so, for Secrets are not watched.
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

// version is the one that a blueprint has by now.
func (w *world) version(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.versions[name]
}

// definite tells whether an error is an answer, rather than none.
func definite(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return false
	}
	code := status.Status().Code
	return code >= 400 && code < 500 && code != http.StatusTooManyRequests && code != http.StatusRequestTimeout
}
