// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// kubernetes returns how to speak to the Kubernetes API, once that has answered and knows the operator's kinds. What is asked of
// it is bounded on demand only: the API server shares itself out among its callers (API Priority and Fairness).
func (f *flags) kubernetes(ctx context.Context) (*rest.Config, error) {
	config, err := kube.Config()
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = float32(f.kubeAPIQPS), f.kubeAPIBurst
	if f.kubeAPIQPS == 0 {
		config.QPS = -1 // zero would be client-go's own default, 5
	}
	return config, requireKinds(ctx, config)
}

// requireKinds returns an error unless the cluster has the CRDs. Without them the controllers would wait for two minutes, with an
// error every few seconds.
func requireKinds(ctx context.Context, config *rest.Config) error {
	known, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return fmt.Errorf("find the Kubernetes API: %w", err)
	}
	version := v1alpha1.GroupVersion
	served, err := known.ServerResourcesForGroupVersionWithContext(ctx, version.String())
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("ask the Kubernetes API at %s for its kinds: %w; see whether it runs, and whether the kubeconfig is right", config.Host, err)
	}
	missing := maps.Clone(ourKinds())
	if served != nil {
		for _, resource := range served.APIResources {
			delete(missing, resource.Kind)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("the cluster at %s lacks the kinds %s of %s: install the CRDs first, with make install or kubectl apply --server-side -k config/crd",
		config.Host, strings.Join(slices.Sorted(maps.Keys(missing)), ", "), version)
}

// ourKinds are those that the controllers need.
func ourKinds() map[string]bool {
	kinds := map[string]bool{}
	known := kube.Scheme().KnownTypes(v1alpha1.GroupVersion)
	for kind := range known {
		if _, listed := known[kind+"List"]; listed {
			kinds[kind] = true
		}
	}
	return kinds
}

// clusterName returns what tells this cluster from others at a Manager: the flag, by default the UID of the namespace kube-system.
func clusterName(ctx context.Context, reader client.Reader, flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	var ns corev1.Namespace
	if err := reader.Get(ctx, types.NamespacedName{Name: "kube-system"}, &ns); err != nil {
		return "", fmt.Errorf("read Namespace kube-system for its UID (or set --cluster-name): %w", err)
	}
	return string(ns.UID), nil
}
