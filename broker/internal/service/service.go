// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Store keeps instances and bindings. Its errors are ErrNotFound (ErrForeign among them), ErrExists, ErrStale, *InvalidError
// and, for whatever may pass, ErrUnavailable.
type Store interface {
	// CachedInstance returns an instance as this replica last heard of it, to be read only; LiveInstance as it is now.
	CachedInstance(ctx context.Context, instanceID string) (*v1alpha1.CloudifyDeployment, error)
	LiveInstance(ctx context.Context, instanceID string) (*v1alpha1.CloudifyDeployment, error)
	// CreateInstance gives d its name and finalizer and creates it. It is the lock: of many, one succeeds.
	CreateInstance(ctx context.Context, d *v1alpha1.CloudifyDeployment) error
	// UpdateInstance writes plan, inputs, inputsFrom, osb and annotations of d, unless the object changed since before was read.
	UpdateInstance(ctx context.Context, before, d *v1alpha1.CloudifyDeployment) error
	// DeleteInstance deletes this very object, unless it changed since d was read.
	DeleteInstance(ctx context.Context, d *v1alpha1.CloudifyDeployment) error

	LiveBinding(ctx context.Context, instanceID, bindingID string) (*v1alpha1.CloudifyBinding, error)
	// CreateBinding gives b its name, and d as the owner that it goes with, and creates it.
	CreateBinding(ctx context.Context, d *v1alpha1.CloudifyDeployment, b *v1alpha1.CloudifyBinding) error
	DeleteBinding(ctx context.Context, b *v1alpha1.CloudifyBinding) error

	// Secret reads a Secret live.
	Secret(ctx context.Context, name string) (*corev1.Secret, error)
	CreateSecret(ctx context.Context, owner client.Object, name string, data map[string][]byte) error
	// DeleteSecret deletes this very Secret; one that is gone is as good.
	DeleteSecret(ctx context.Context, secret *corev1.Secret) error

	// Blueprints and Managers come from the cache and are read only.
	Blueprints(ctx context.Context) ([]*v1alpha1.CloudifyBlueprint, error)
	// BlueprintsOfferedAs are those that are offered under a key of package catalog.
	BlueprintsOfferedAs(ctx context.Context, key string) ([]*v1alpha1.CloudifyBlueprint, error)
	Blueprint(ctx context.Context, key types.NamespacedName) (*v1alpha1.CloudifyBlueprint, error)
	Manager(ctx context.Context, name string) (*v1alpha1.CloudifyManager, error)
	// RefreshBlueprints returns when the cache of blueprints is as new as this call.
	RefreshBlueprints(ctx context.Context) error
}

// Service is what a broker can do. All that it remembers of its own is a help for polls, and may be lost.
type Service struct {
	store Store
	// departed are the instances and bindings that were seen being deleted.
	departed departures
	// rules and rendered are what was made of plans and offerings, for as long as these are as they were.
	rules    ruleBook
	rendered rendered

	// Now is the time, by which failures are repeated and departures forgotten.
	Now func() time.Time
	// BindPatience is how long a bind waits for the outputs of a deployment that are about to come: less than a platform
	// waits for an answer.
	BindPatience time.Duration
}

// cleanupTime is how long it may take to clear up behind a request that ended, or has no time left.
const cleanupTime = 5 * time.Second

// cleanup is a context for that.
func cleanup(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
}

// tries is how often an operation begins anew when others change the object at the same time.
const tries = 5

// New returns a Service of what is in a store.
func New(store Store) *Service {
	return &Service{store: store, Now: time.Now, BindPatience: 45 * time.Second}
}

// NoteDeparture remembers that an instance was seen being deleted, for polls without a token.
func (s *Service) NoteDeparture(instanceID string) { s.departed.note(instanceID, s.Now()) }
