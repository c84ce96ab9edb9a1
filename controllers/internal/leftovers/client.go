// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leftovers

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// Client is what the controller of the kind writes with. A patch of an object that is gone is not sent; one of any other object
// shows whether that is there.
func (m *Memory[T]) Client() client.Client { return patches{m.client, m} }

// memory is a Memory of any kind, as its client uses it.
type memory interface {
	isGone(types.UID) bool
	seen(o client.Object, there bool)
}

type patches struct {
	client.Client
	memory memory
}

func (p patches) Patch(ctx context.Context, o client.Object, patch client.Patch, opts ...client.PatchOption) error {
	return write(p.memory, o, func() error { return p.Client.Patch(ctx, o, patch, opts...) })
}

func (p patches) Status() client.SubResourceWriter { return statusPatches{p.Client.Status(), p.memory} }

type statusPatches struct {
	client.SubResourceWriter
	memory memory
}

func (p statusPatches) Patch(ctx context.Context, o client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
	return write(p.memory, o, func() error { return p.SubResourceWriter.Patch(ctx, o, patch, opts...) })
}

func write(m memory, o client.Object, patch func() error) error {
	if m.isGone(o.GetUID()) {
		return nil
	}
	err := patch()
	if err == nil || apierrors.IsNotFound(err) {
		m.seen(o, err == nil)
	}
	return err
}

// readyOf is the Ready condition, the zero one where there is none.
func readyOf(o outcome.Object) metav1.Condition {
	if ready := meta.FindStatusCondition(o.GetConditions(), v1alpha1.ReadyCondition); ready != nil {
		return *ready
	}
	return metav1.Condition{}
}
