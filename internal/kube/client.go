// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// NewClient builds the operator's client. Its reads see its own writes, except deletions and writes of Secrets. Namespaces that
// are not watched look empty to it.
func (v View) NewClient(config *rest.Config, options client.Options) (client.Client, error) {
	c, err := client.New(config, options)
	if err != nil {
		return nil, err
	}
	c = patient{unheard{c}}
	if len(v.Watched) > 0 {
		c = narrow{c, v}
	}
	return c, nil
}

// catchUp is how long a read waits for the cache to show what this process wrote.
const catchUp = 5 * time.Second

// patient is a client whose reads wait a while for the cache to show this process's own writes, and then take what the cache
// has. The event that they wait for may never come: an object that was created and deleted while a watch was interrupted is not
// in the list that follows. Writes carry the resource version that they rest on, so the worst that a late read can cause is a
// refused write.
type patient struct{ client.Client }

func (c patient) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if (&client.GetOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency { // it waits for nothing
		return c.Client.Get(ctx, key, o, opts...)
	}
	return caughtUp(ctx, func(ctx context.Context) error { return c.Client.Get(ctx, key, o, opts...) },
		func() error {
			return c.Client.Get(ctx, key, o, append(opts, client.DisableReadYourWritesConsistency)...)
		})
}

func (c patient) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	if (&client.ListOptions{}).ApplyOptions(opts).DisableReadYourWritesConsistency { // it waits for nothing
		return c.Client.List(ctx, list, opts...)
	}
	return caughtUp(ctx, func(ctx context.Context) error { return c.Client.List(ctx, list, opts...) },
		func() error {
			return c.Client.List(ctx, list, append(opts, client.DisableReadYourWritesConsistency)...)
		})
}

func caughtUp(ctx context.Context, wait func(context.Context) error, late func() error) error {
	waiting, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	err := wait(waiting)
	if err == nil || waiting.Err() == nil || ctx.Err() != nil {
		return err
	}
	return late()
}

// unheard is a client whose reads do not wait for the events of what it deleted, or of Secrets that it wrote. No event comes
// for objects that the cache does not hold: a deletion would stay pending for as long as the process lives, and every list
// would wait for it. The cache holds only the Secrets of the operator's namespace; code that writes other Secrets reads them
// from the API server.
type unheard struct{ client.Client }

func (c unheard) Create(ctx context.Context, o client.Object, opts ...client.CreateOption) error {
	if isSecret(o) {
		opts = append(opts, client.DisableReadYourWritesConsistency)
	}
	return c.Client.Create(ctx, o, opts...)
}

func (c unheard) Update(ctx context.Context, o client.Object, opts ...client.UpdateOption) error {
	if isSecret(o) {
		opts = append(opts, client.DisableReadYourWritesConsistency)
	}
	return c.Client.Update(ctx, o, opts...)
}

func (c unheard) Patch(ctx context.Context, o client.Object, patch client.Patch, opts ...client.PatchOption) error {
	if isSecret(o) {
		opts = append(opts, client.DisableReadYourWritesConsistency)
	}
	return c.Client.Patch(ctx, o, patch, opts...)
}

func (c unheard) Delete(ctx context.Context, o client.Object, opts ...client.DeleteOption) error {
	return c.Client.Delete(ctx, o, append(opts, client.DisableReadYourWritesConsistency)...)
}

// narrow is a client that finds nothing in namespaces that its cache does not hold. The cache would answer with an error, which
// controllers would retry for ever.
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
