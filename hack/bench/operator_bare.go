// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// bareWriters write at once: as many as an operator has workers for a kind.
const bareWriters = 64

// bareWrites ends the operator, and has a bare client create so many deployments and write to each, and beside each, what an
// operator wrote: the writes of each object, one after the other. What they hold is like what the operator left of a model. It tells
// how long that takes, and removes everything again.
func (s *operatorStories) bareWrites(ctx context.Context, model string, objects int, writes map[string]int) (time.Duration, error) {
	if err := s.halt(); err != nil {
		return 0, err
	}
	like, err := s.ReadModel(ctx, model)
	if err != nil {
		return 0, err
	}
	w := &bareWriter{bench: s.bench, like: like, writes: writes}
	for _, name := range slices.Sorted(maps.Keys(writes)) {
		if w.write(name) == nil {
			s.tell("%s is left out of the bare writes: there is nothing like it", name)
		}
	}
	bare := names(fmt.Sprintf("bare-%d", serial.Add(1)), objects)
	begun := time.Now()
	if err := load.Each(ctx, bareWriters, len(bare), func(ctx context.Context, number int) error {
		return w.all(ctx, bare[number])
	}); err != nil {
		return 0, fmt.Errorf("write without an operator: %w", err)
	}
	took := time.Since(begun)
	if err := load.Each(ctx, writers, len(bare), func(ctx context.Context, number int) error {
		return s.Admin.Delete(ctx, deployment(bare[number]))
	}); err != nil {
		return 0, err
	}
	if err := s.AsAdmin.DeleteAll(ctx, rig.Secrets, madeByLimit); err != nil {
		return 0, err
	}
	return took, s.deployments.Await(ctx, "what was written without an operator to go", time.Minute, rig.Gone(bare...))
}

// bareWriter writes what an operator would.
type bareWriter struct {
	*bench
	like   *rig.Model
	writes map[string]int // how often each, by the name that count gives them
}

// write is one that is like an operator's; nil if nothing is.
func (w *bareWriter) write(name string) func(ctx context.Context, d *v1alpha1.CloudifyDeployment, number int) error {
	return map[string]func(context.Context, *v1alpha1.CloudifyDeployment, int) error{
		"PATCH " + rig.Deployments:             w.claim,
		"PATCH " + rig.Deployments + "/status": w.status,
		"POST " + rig.Secrets:                  w.secret,
		"POST " + rig.Events:                   w.event,
	}[name]
}

func (w *bareWriter) all(ctx context.Context, name string) error {
	d := deployment(name)
	if err := w.AsOperator.Create(ctx, rig.Deployments, d); err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(w.writes)) {
		write := w.write(kind)
		for number := 0; write != nil && number < w.writes[kind]; number++ {
			if err := write(ctx, d, number); err != nil {
				return fmt.Errorf("%s for %s: %w", kind, name, err)
			}
		}
	}
	return nil
}

// claim patches the metadata, with an annotation where an operator would set its finalizer: nobody is there to remove that.
func (w *bareWriter) claim(ctx context.Context, d *v1alpha1.CloudifyDeployment, number int) error {
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"cloudify.co/bench":"%d"},"resourceVersion":%q}}`, number, d.ResourceVersion)
	return w.AsOperator.Patch(ctx, rig.Deployments, d.Name, types.MergePatchType, patch, d)
}

// status writes all of the model's status, with another progress each time.
func (w *bareWriter) status(ctx context.Context, d *v1alpha1.CloudifyDeployment, number int) error {
	status := w.like.Deployment.Status.DeepCopy()
	for i := range status.Conditions {
		status.Conditions[i].Message = fmt.Sprintf("%s %d", status.Conditions[i].Message, number)
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"resourceVersion": d.ResourceVersion}, "status": status})
	if err != nil {
		return err
	}
	return w.AsOperator.Patch(ctx, rig.Deployments, d.Name, types.MergePatchType, patch, d, "status")
}

func (w *bareWriter) secret(ctx context.Context, d *v1alpha1.CloudifyDeployment, number int) error {
	secret := rig.FreshSecret(fmt.Sprintf("%s-%d", d.Name, number), w.like.Outputs)
	secret.Labels, secret.OwnerReferences = map[string]string{"bench": "limit"}, []metav1.OwnerReference{ownedBy(d)}
	return w.AsOperator.Create(ctx, rig.Secrets, secret)
}

func (w *bareWriter) event(ctx context.Context, d *v1alpha1.CloudifyDeployment, number int) error {
	return w.AsOperator.Create(ctx, rig.Events, &eventsv1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: d.Namespace, Name: fmt.Sprintf("%s.%d", d.Name, number)},
		EventTime:  metav1.NowMicro(), ReportingController: "bench", ReportingInstance: "bench", Type: corev1.EventTypeNormal,
		Reason: "Installing", Action: "Reconcile", Note: "started execution install",
		Regarding: corev1.ObjectReference{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: "CloudifyDeployment", Namespace: d.Namespace, Name: d.Name, UID: d.UID,
			ResourceVersion: d.ResourceVersion,
		},
	})
}
