// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifydeployments,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifybindings,verbs=get;create;delete
// +kubebuilder:rbac:groups=cloudify.co,resources=cloudifyblueprints;cloudifymanagers,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;create;delete

// Store is service.Store over the Kubernetes API.
type Store struct {
	// client reads from the cache and writes; live reads from the API server.
	client    client.Client
	live      client.Reader
	namespace string
	*catalog
}

// asHeard reads what the cache has as it is: nothing is waited for, not even what this process wrote, and nothing is copied, so
// what is read must not be written to. Whoever decides by it knows by other means whether it is new enough, or looks again.
var asHeard = []client.GetOption{client.UnsafeDisableDeepCopy, client.DisableReadYourWritesConsistency}

var _ service.Store = (*Store)(nil)

// New returns a Store of the instances and bindings in a namespace, and of the blueprints of those that are watched, or of all.
func New(c client.Client, live client.Reader, namespace string, watched ...string) *Store {
	return &Store{client: c, live: live, namespace: namespace, catalog: newCatalog(c, live, watched)}
}

// Secret reads a Secret of the namespace, live.
func (s *Store) Secret(ctx context.Context, name string) (*corev1.Secret, error) {
	var secret corev1.Secret
	if err := s.live.Get(ctx, s.key(name), &secret); err != nil {
		return nil, explain("read Secret", err)
	}
	return &secret, nil
}

// CreateSecret creates a Secret that goes with its owner.
func (s *Store) CreateSecret(ctx context.Context, owner client.Object, name string, data map[string][]byte) error {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: s.namespace, Name: name, Labels: map[string]string{"app.kubernetes.io/managed-by": v1alpha1.ManagedBy},
	}, Data: data}
	if err := controllerutil.SetOwnerReference(owner, secret, s.client.Scheme()); err != nil {
		return fmt.Errorf("own Secret: %w", err)
	}
	return explain("create Secret", s.client.Create(ctx, secret))
}

// DeleteSecret deletes this very Secret, not a later one of its name; one that is gone is as good.
func (s *Store) DeleteSecret(ctx context.Context, secret *corev1.Secret) error {
	err := s.client.Delete(ctx, secret, client.Preconditions{UID: &secret.UID})
	return explain("delete Secret", client.IgnoreNotFound(err))
}

func (s *Store) key(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: s.namespace, Name: name}
}
