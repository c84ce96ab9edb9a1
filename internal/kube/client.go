// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// NewClient builds the operator's client. It reads its own writes, but for those of Secrets. What is in a namespace that is not
// watched does not exist for it.
func (v View) NewClient(config *rest.Config, options client.Options) (client.Client, error) {
	c, err := client.New(config, options)
	if err != nil {
		return nil, err
	}
	c = unheardSecrets{c}
	if len(v.Watched) > 0 {
		c = narrow{c, v}
	}
	return c, nil
}

// unheardSecrets is a client that waits for no event of a Secret that it wrote. The cache holds those of the operator's namespace
// only, so of any other there is none: a deletion would stay pending for as long as the process lives, a read that waits for it
// would never end. Whoever writes Secrets reads them from the API server.
type unheardSecrets struct{ client.Client }

func (c unheardSecrets) Create(ctx context.Context, o client.Object, opts ...client.CreateOption) error {
	if isSecret(o) {
		opts = append(opts, client.DisableReadYourWritesConsistency)
	}
	return c.Client.Create(ctx, o, opts...)
}

func (c unheardSecrets) Update(ctx context.Context, o client.Object, opts ...client.UpdateOption) error {
	if isSecret(o) {
		opts = append(opts, client.DisableReadYourWritesConsistency)
	}
	return c.Client.Update(ctx, o, opts...)
}

func (c unheardSecrets) Patch(ctx context.Context, o client.Object, patch client.Patch, opts ...client.PatchOption) error {
	if isSecret(o) {
		opts = append(opts, client.DisableReadYourWritesConsistency)
	}
	return c.Client.Patch(ctx, o, patch, opts...)
}

func (c unheardSecrets) Delete(ctx context.Context, o client.Object, opts ...client.DeleteOption) error {
	if isSecret(o) {
		opts = append(opts, client.DisableReadYourWritesConsistency)
	}
	return c.Client.Delete(ctx, o, opts...)
}

// narrow is a client that finds nothing where its cache does not look, instead of an error that would be tried again for ever.
type narrow struct {
	client.Client
	view View
}

func (c narrow) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if key.Namespace != "" && !c.view.Watches(key.Namespace) {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "objects of namespace " + key.Namespace + ", which is not watched,"}, key.Name)
	}
	return c.Client.Get(ctx, key, o, opts...)
}

func (c narrow) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	namespace := (&client.ListOptions{}).ApplyOptions(opts).Namespace
	if namespace != "" && !c.view.Watches(namespace) {
		return meta.SetList(list, nil)
	}
	return c.Client.List(ctx, list, opts...)
}

func isSecret(o client.Object) bool {
	_, typed := o.(*corev1.Secret)
	return typed || o.GetObjectKind().GroupVersionKind().GroupKind() == corev1.SchemeGroupVersion.WithKind("Secret").GroupKind()
}
