// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command kube-controllers runs the controllers of Kubernetes that a cluster without nodes needs: they empty deleted namespaces,
// collect garbage, give each namespace its ServiceAccount, and fill roles that aggregate others. Each is the one that
// kube-controller-manager runs, with the settings it has there. kube-controller-manager itself takes minutes to build, for
// controllers of workloads and volumes that no cluster here has; what these four consist of is compiled for kube-apiserver.
//
//	kube-controllers --kubeconfig <file>
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
)

// What kube-controller-manager has by default.
const (
	resync          = 12 * time.Hour
	namespaceResync = 5 * time.Minute
	garbageResync   = 30 * time.Second
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the file that says how to reach the cluster as its administrator")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, *kubeconfig)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kube-controllers:", err)
		os.Exit(1)
	}
}

// run returns when the context ends. An API server that is away is waited for.
func run(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1 // the API server knows itself how much it can take
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	typed := informers.NewSharedInformerFactory(client, resync)
	all := informerfactory.NewInformerFactory(typed, metadatainformer.NewSharedInformerFactory(metadataClient, resync))
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	started := make(chan struct{})

	namespaces := namespace.NewNamespaceController(ctx, client, metadataClient, client.Discovery().ServerPreferredNamespacedResources,
		typed.Core().V1().Namespaces(), namespaceResync, corev1.FinalizerKubernetes)
	garbage, err := garbagecollector.NewGarbageCollector(ctx, client, metadataClient, mapper, garbagecollector.DefaultIgnoredResources(), all, started)
	if err != nil {
		return fmt.Errorf("make the garbage collector: %w", err)
	}
	accounts, err := serviceaccount.NewServiceAccountsController(klog.FromContext(ctx), typed.Core().V1().ServiceAccounts(),
		typed.Core().V1().Namespaces(), client, serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return fmt.Errorf("make the controller of service accounts: %w", err)
	}
	roles := clusterroleaggregation.NewClusterRoleAggregation(typed.Rbac().V1().ClusterRoles(), client.RbacV1())

	var controllers sync.WaitGroup
	controllers.Go(func() { namespaces.Run(ctx, 10) })
	controllers.Go(func() { garbage.Run(ctx, 20, garbageResync) })
	controllers.Go(func() { garbage.Sync(ctx, client.Discovery(), garbageResync) })
	controllers.Go(func() { accounts.Run(ctx, 1) })
	controllers.Go(func() { roles.Run(ctx, 5) })
	all.Start(ctx.Done())
	close(started)
	controllers.Wait()
	return nil
}
