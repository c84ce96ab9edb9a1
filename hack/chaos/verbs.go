// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

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

// edit changes the deployment of a slot, if there is one that may still be changed.
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

// change reads an object, changes it and writes it, until nobody else comes in between. It reports whether it did.
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

// strip takes the finalizers of a slot's deployment away, as people do who are tired of waiting.
func (w *world) strip(ctx context.Context, slot string) error {
	d := deployment(slot)
	patch := client.RawPatch(types.JSONPatchType, []byte(`[{"op":"remove","path":"/metadata/finalizers"}]`))
	err := w.insist(ctx, func(ctx context.Context) error { return w.client.Patch(ctx, d, patch) })
	if apierrors.IsNotFound(err) || apierrors.IsInvalid(err) {
		return nil // there is no object, or it has no finalizers
	}
	if err == nil {
		w.book.strip(d.UID, d.ResourceVersion)
		w.book.note(nameOf(d), "somebody takes its finalizers away")
	}
	return err
}

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

func deployment(name string) *v1alpha1.CloudifyDeployment {
	return &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: name}}
}

func set(d *v1alpha1.CloudifyDeployment, name string, value any) {
	if d.Spec.Inputs == nil {
		d.Spec.Inputs = map[string]v1alpha1.JSON{}
	}
	d.Spec.Inputs[name] = inputs(map[string]any{name: value})[name]
}

func request(o metav1.Object, when string) { annotate(o, v1alpha1.RequestedAtAnnotation, when) }

func annotate(o metav1.Object, key, value string) {
	annotations := o.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[key] = value
	o.SetAnnotations(annotations)
}

func secretOf(slot string) string { return slot + "-password" }
