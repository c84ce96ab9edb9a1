// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// secretMark is in every password of a run, so that any of them is found wherever it should not be.
const secretMark = "s3cr3t-mark"

// recorder writes every state of the objects into the book.
type recorder struct {
	client client.WithWatch
	book   *book
}

// record follows a kind until ctx ends, through restarts of the API server.
func (r *recorder) record(ctx context.Context, list client.ObjectList) {
	for ctx.Err() == nil {
		began := time.Now()
		if err := r.follow(ctx, list.DeepCopyObject().(client.ObjectList), began); err != nil {
			sleep(ctx, 500*time.Millisecond)
		}
	}
}

func (r *recorder) follow(ctx context.Context, list client.ObjectList, began time.Time) error {
	if err := r.client.List(ctx, list); err != nil {
		return err
	}
	items, err := meta.ExtractList(list)
	if err != nil {
		return err
	}
	there := map[types.UID]bool{}
	for _, item := range items {
		o := item.(client.Object)
		there[o.GetUID()] = true
		r.see(o)
	}
	r.book.missing(fmt.Sprintf("%T", list), there, began)
	stream, err := r.client.Watch(ctx, list, &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: list.GetResourceVersion()}})
	if err != nil {
		return err
	}
	defer stream.Stop()
	for event := range stream.ResultChan() {
		o, ok := event.Object.(client.Object)
		switch {
		case !ok || event.Type == watch.Error || event.Type == watch.Bookmark:
		case event.Type == watch.Deleted:
			r.see(o)
			r.book.gone(o.GetUID())
		default:
			r.see(o)
		}
	}
	return nil
}

// see notes the state of an object, and looks for what no state may show.
func (r *recorder) see(o client.Object) {
	text, err := json.Marshal(o)
	if err == nil && strings.Contains(string(text), secretMark) {
		r.book.violate(violation{rule: "secrets stay secret", about: []string{nameOf(o)}, text: nameOf(o) + " shows one: " + around(string(text), secretMark)})
	}
	seen := object{name: nameOf(o), uid: o.GetUID(), resource: o.GetResourceVersion(), held: len(o.GetFinalizers()) > 0}
	var conditions []metav1.Condition
	switch o := o.(type) {
	case *v1alpha1.CloudifyDeployment:
		seen.remotes = []string{o.RemoteID()}
		seen.letsGo = !o.DeletionTimestamp.IsZero() && o.EffectiveDeletionPolicy() == v1alpha1.DeletionPolicyOrphan
		if o.Status.Applied != nil {
			seen.operation = o.Status.Applied.Operation
		}
		conditions = o.Status.Conditions
	case *v1alpha1.CloudifyBlueprint:
		for _, revision := range o.Status.Revisions {
			seen.remotes = append(seen.remotes, revision.BlueprintID)
		}
		conditions = o.Status.Conditions
	case *v1alpha1.CloudifyManager:
		conditions = o.Status.Conditions
	case *v1alpha1.CloudifyBinding:
		conditions = o.Status.Conditions
	case *v1alpha1.CloudifyExecution:
		conditions = o.Status.Conditions
	}
	seen.stalled = meta.IsStatusConditionTrue(conditions, v1alpha1.StalledCondition)
	seen.condition = describe(o, conditions)
	r.book.see(seen)
}

// describe words what the conditions of an object say.
func describe(o client.Object, conditions []metav1.Condition) string {
	words := []string{fmt.Sprintf("generation %d", o.GetGeneration())}
	if !o.GetDeletionTimestamp().IsZero() {
		words = append(words, "being deleted")
	}
	if len(o.GetFinalizers()) == 0 {
		words = append(words, "no finalizer")
	}
	for _, c := range conditions {
		if c.Type == v1alpha1.ReadyCondition {
			words = append(words, fmt.Sprintf("Ready=%s %s (generation %d): %s", c.Status, c.Reason, c.ObservedGeneration, c.Message))
		} else if c.Type == v1alpha1.StalledCondition && c.Status == metav1.ConditionTrue {
			words = append(words, "Stalled")
		}
	}
	return strings.Join(words, ", ")
}

// nameOf is what entries about an object are found under.
func nameOf(o client.Object) string {
	kind := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", o), "*v1alpha1.Cloudify"))
	return kind + "/" + o.GetNamespace() + "/" + o.GetName()
}

// around returns the piece of a text around a secret word, with the word hidden.
func around(text, word string) string {
	i := strings.Index(text, word)
	return strings.ToValidUTF8(text[max(0, i-80):i], "") + "…"
}
