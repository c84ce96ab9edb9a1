// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// catalog are the blueprints and Managers that the cache has, and what makes sure that it is current.
type catalog struct {
	cached, live client.Reader
	// watched are the namespaces whose blueprints are offered; none: all.
	watched   []string
	refresher refresher
}

func newCatalog(cached, live client.Reader, watched []string) *catalog {
	c := &catalog{cached: cached, live: live, watched: watched}
	c.refresher.look = c.catchUp
	return c
}

// Blueprints are those that the cache has. They are the cache's own: nobody may write to them.
func (c *catalog) Blueprints(ctx context.Context) ([]*v1alpha1.CloudifyBlueprint, error) {
	var list v1alpha1.CloudifyBlueprintList
	if err := c.cached.List(ctx, &list, client.UnsafeDisableDeepCopy, client.DisableReadYourWritesConsistency); err != nil {
		return nil, explain("list CloudifyBlueprints", err)
	}
	blueprints := make([]*v1alpha1.CloudifyBlueprint, 0, len(list.Items))
	for i := range list.Items {
		blueprints = append(blueprints, &list.Items[i])
	}
	return blueprints, nil
}

// Blueprint returns the blueprint of an instance, from the cache, whose own it is.
func (c *catalog) Blueprint(ctx context.Context, key types.NamespacedName) (*v1alpha1.CloudifyBlueprint, error) {
	var b v1alpha1.CloudifyBlueprint
	if err := c.cached.Get(ctx, key, &b, asHeard...); err != nil {
		return nil, explain("read CloudifyBlueprint", err)
	}
	return &b, nil
}

// Manager returns a CloudifyManager, from the cache, whose own it is.
func (c *catalog) Manager(ctx context.Context, name string) (*v1alpha1.CloudifyManager, error) {
	var m v1alpha1.CloudifyManager
	if err := c.cached.Get(ctx, types.NamespacedName{Name: name}, &m, asHeard...); err != nil {
		return nil, explain("read CloudifyManager", err)
	}
	return &m, nil
}

// RefreshBlueprints returns when the cache knows of everything that the API server knew when it was called.
func (c *catalog) RefreshBlueprints(ctx context.Context) error { return c.refresher.refresh(ctx) }

// catchUp compares the cache with a list of the metadata until it has caught up with it. What was deleted after the list was
// made never comes to the cache, so the list is made anew from time to time.
func (c *catalog) catchUp(ctx context.Context) error {
	for {
		list, err := c.liveBlueprints(ctx)
		if err != nil {
			return err
		}
		for listed := time.Now(); time.Since(listed) < refreshInterval; {
			cached, err := c.Blueprints(ctx)
			if err != nil {
				return err
			}
			behind, err := behind(cached, list)
			if err != nil || !behind {
				return err
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%w: the cache of CloudifyBlueprints lags behind", service.ErrUnavailable)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

// liveBlueprints lists the metadata of the blueprints there are. Its version is that of the first list, if there are several:
// what the others lack was deleted after it, perhaps, and is not waited for.
func (c *catalog) liveBlueprints(ctx context.Context) (*metav1.PartialObjectMetadataList, error) {
	watched := c.watched
	if len(watched) == 0 {
		watched = []string{metav1.NamespaceAll}
	}
	var all *metav1.PartialObjectMetadataList
	for _, namespace := range watched {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudifyBlueprintList"))
		if err := c.live.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, explain("list CloudifyBlueprints", err)
		}
		if all == nil {
			all = list
			continue
		}
		all.Items = append(all.Items, list.Items...)
	}
	return all, nil
}

// behind reports whether the cache lacks an object of the list, has an older state of it, or still has one that was deleted
// before. What is newer than the list does not matter.
func behind(cached []*v1alpha1.CloudifyBlueprint, list *metav1.PartialObjectMetadataList) (bool, error) {
	had := make(map[types.NamespacedName]string, len(cached))
	for _, b := range cached {
		had[client.ObjectKeyFromObject(b)] = b.ResourceVersion
	}
	for i := range list.Items {
		key := client.ObjectKeyFromObject(&list.Items[i])
		version, ok := had[key]
		delete(had, key)
		if !ok {
			return true, nil
		}
		if older, err := older(version, list.Items[i].ResourceVersion); err != nil || older {
			return older, err
		}
	}
	for _, version := range had {
		if older, err := older(version, list.ResourceVersion); err != nil || older {
			return older, err
		}
	}
	return false, nil
}

func older(version, than string) (bool, error) {
	order, err := resourceversion.CompareResourceVersion(version, than)
	if err != nil {
		return false, fmt.Errorf("%w: %w", service.ErrUnavailable, err)
	}
	return order < 0, nil
}
