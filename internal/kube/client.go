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

// NewClient builds the operator's client. It reads its own writes, but for deletions and what it writes to Secrets. What is in a
// namespace that is not watched does not exist for it.
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

// catchUp is how long a read waits until the cache has what this process wrote.
const catchUp = 5 * time.Second

// patient is a client whose reads wait for the cache for a while, and then take what it has. The event that they wait for may
// never come: of what came and went while a watch was interrupted, the list that follows tells nothing. Writes say which version
// they rest on, so what is read late is at worst written in vain.
type patient struct{ client.Client }

func (c patient) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	return caughtUp(ctx, func(ctx context.Context) error { return c.Client.Get(ctx, key, o, opts...) },
		func() error {
			return c.Client.Get(ctx, key, o, append(opts, client.DisableReadYourWritesConsistency)...)
		})
}

func (c patient) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
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

// unheard is a client that waits for no event of what it deleted, nor of a Secret that it wrote. Of what the cache does not hold
// there is none: a deletion would stay pending for as long as the process lives, and with it every read of a list. Of Secrets the
// cache holds those of the operator's namespace only; whoever writes others reads them from the API server.
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
