// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Scheme knows Kubernetes' own kinds and the operator's.
var Scheme = func() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	return scheme
}()

// Resources of the objects that a benchmark writes.
const (
	Deployments = "cloudifydeployments"
	Bindings    = "cloudifybindings"
	Secrets     = "secrets"
	Events      = "events"
)

// Kube is client-go and nothing around it: one request a call, over one connection, without a rate limit. It is what the
// operator's requests are compared with.
type Kube struct {
	namespace           string
	ours, cores, events *rest.RESTClient
}

func newKube(config *rest.Config, namespace string) (*Kube, error) {
	k := &Kube{namespace: namespace}
	for _, group := range []struct {
		version schema.GroupVersion
		path    string
		client  **rest.RESTClient
	}{{v1alpha1.GroupVersion, "/apis", &k.ours}, {corev1.SchemeGroupVersion, "/api", &k.cores}, {eventsv1.SchemeGroupVersion, "/apis", &k.events}} {
		c := rest.CopyConfig(config)
		c.GroupVersion, c.APIPath = &group.version, group.path
		c.NegotiatedSerializer = serializer.NewCodecFactory(Scheme).WithoutConversion()
		var err error
		if *group.client, err = rest.RESTClientFor(c); err != nil {
			return nil, fmt.Errorf("build a client of %s: %w", group.version, err)
		}
	}
	return k, nil
}

func (k *Kube) of(resource string) *rest.RESTClient {
	switch resource {
	case Secrets:
		return k.cores
	case Events:
		return k.events
	default:
		return k.ours
	}
}

// Create makes an object, and reads what became of it into it.
func (k *Kube) Create(ctx context.Context, resource string, o client.Object) error {
	return k.of(resource).Post().Namespace(k.namespace).Resource(resource).Body(o).Do(ctx).Into(o)
}

// Get reads an object.
func (k *Kube) Get(ctx context.Context, resource, name string, into client.Object) error {
	return k.of(resource).Get().Namespace(k.namespace).Resource(resource).Name(name).Do(ctx).Into(into)
}

// Patch changes an object, and reads what became of it.
func (k *Kube) Patch(ctx context.Context, resource, name string, kind types.PatchType, patch []byte, into client.Object, subresource ...string) error {
	return k.of(resource).Patch(kind).Namespace(k.namespace).Resource(resource).Name(name).SubResource(subresource...).Body(patch).Do(ctx).Into(into)
}

// Delete asks for the deletion of this very object as it was read.
func (k *Kube) Delete(ctx context.Context, resource string, o client.Object) error {
	uid, version := o.GetUID(), o.GetResourceVersion()
	options := &metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version}}
	return k.of(resource).Delete().Namespace(k.namespace).Resource(resource).Name(o.GetName()).Body(options).Do(ctx).Error()
}

// DeleteAll deletes all objects of a resource that carry a label; every one if it is empty.
func (k *Kube) DeleteAll(ctx context.Context, resource, label string) error {
	return k.of(resource).Delete().Namespace(k.namespace).Resource(resource).Param("labelSelector", label).Do(ctx).Error()
}

// List reads all objects of a resource.
func (k *Kube) List(ctx context.Context, resource string, into client.ObjectList) error {
	return k.of(resource).Get().Namespace(k.namespace).Resource(resource).Do(ctx).Into(into)
}
