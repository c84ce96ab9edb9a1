// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package owned

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// Watched are the Secrets that the operator keeps, metadata only. One list and a watch show which are there; without them each
// object would have to read its own.
type Watched struct {
	reader client.Reader
	all    cache.Cache
}

// Watch adds a cache of them in these namespaces, or in all, to mgr. The cache of mgr itself would not do: of Secrets it holds
// those in the operator's namespace.
func Watch(mgr ctrl.Manager, namespaces []string) (*Watched, error) {
	all, err := cache.New(mgr.GetConfig(), cache.Options{
		HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper(),
		DefaultNamespaces: kube.CacheNamespaces(namespaces), DefaultLabelSelector: ownLabels().AsSelector(), DefaultTransform: essential,
	})
	if err != nil {
		return nil, fmt.Errorf("create a cache of Secrets: %w", err)
	}
	if err := mgr.Add(all); err != nil {
		return nil, fmt.Errorf("add the cache of Secrets: %w", err)
	}
	return &Watched{reader: all, all: all}, nil
}

// WatchedIn is Watched for tests: the Secrets that reader finds.
func WatchedIn(reader client.Reader) *Watched { return &Watched{reader: reader} }

// essential drops what nobody reads, which is most of it: the annotation that describes the outputs, and the managed fields.
func essential(o any) (any, error) {
	if secret, ok := o.(*metav1.PartialObjectMetadata); ok {
		secret.ManagedFields = nil
		delete(secret.Annotations, v1alpha1.OutputsDescriptionAnnotation)
	}
	return o, nil
}

// Find returns what is known of a Secret; nil when there is none that carries the labels. The cache may lag behind.
func (w *Watched) Find(ctx context.Context, key types.NamespacedName) (*metav1.PartialObjectMetadata, error) {
	secret := metadata()
	switch err := w.reader.Get(ctx, key, secret); {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // there is none
	case err != nil:
		return nil, fmt.Errorf("find Secret %s: %w", key, err)
	}
	return secret, nil
}

// Changed is a source of the objects that a Secret concerns, when it came, changed or went; by finds them.
func (w *Watched) Changed(by func(context.Context, *metav1.PartialObjectMetadata) []reconcile.Request) source.Source {
	return source.Kind(w.all, metadata(), handler.TypedEnqueueRequestsFromMapFunc(by))
}

// Gone is a source of the owners of Secrets that were deleted or lost their labels: of those of one kind, if they mind.
func (w *Watched) Gone(owner string, minds func(context.Context, types.NamespacedName) bool) source.Source {
	return source.Kind(w.all, metadata(), handler.TypedFuncs[*metav1.PartialObjectMetadata, reconcile.Request]{
		DeleteFunc: func(ctx context.Context, e event.TypedDeleteEvent[*metav1.PartialObjectMetadata], queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			of := metav1.GetControllerOf(e.Object)
			if of == nil || of.Kind != owner {
				return
			}
			if name := (types.NamespacedName{Namespace: e.Object.Namespace, Name: of.Name}); minds(ctx, name) {
				queue.Add(reconcile.Request{NamespacedName: name})
			}
		},
	})
}

func metadata() *metav1.PartialObjectMetadata {
	secret := &metav1.PartialObjectMetadata{}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return secret
}
