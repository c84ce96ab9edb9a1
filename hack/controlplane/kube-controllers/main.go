// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command kube-controllers runs the controllers of Kubernetes that a cluster without nodes needs: they empty deleted namespaces,
// collect garbage, give each namespace its ServiceAccount, and fill roles that aggregate others. Each is the one that
// kube-controller-manager runs, with the settings it has there. kube-controller-manager itself takes minutes to build, for
// controllers of volumes and nodes that no cluster here has; what these consist of is mostly compiled for kube-apiserver.
//
//	kube-controllers --kubeconfig <file> [--workloads]
//
// With --workloads there are also those of Deployments, ReplicaSets and Jobs, for tests that run the pods themselves.
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
	"k8s.io/kubernetes/pkg/controller/deployment"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/job"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/replicaset"
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
	workloads := flag.Bool("workloads", false, "also run the controllers of Deployments, ReplicaSets and Jobs")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, *kubeconfig, *workloads)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kube-controllers:", err)
		os.Exit(1)
	}
}

// run returns when the context ends. An API server that is away is waited for.
func run(ctx context.Context, kubeconfig string, workloads bool) error {
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
	if workloads {
		if err := runWorkloads(ctx, client, typed, &controllers); err != nil {
			return err
		}
	}
	all.Start(ctx.Done())
	close(started)
	controllers.Wait()
	return nil
}

// runWorkloads runs the controllers that make pods. Nothing here makes the pods run.
func runWorkloads(ctx context.Context, client kubernetes.Interface, typed informers.SharedInformerFactory, controllers *sync.WaitGroup) error {
	pods := typed.Core().V1().Pods()
	deployments, err := deployment.NewDeploymentController(ctx, typed.Apps().V1().Deployments(), typed.Apps().V1().ReplicaSets(), pods, client)
	if err != nil {
		return fmt.Errorf("make the controller of Deployments: %w", err)
	}
	sets := replicaset.NewReplicaSetController(ctx, typed.Apps().V1().ReplicaSets(), pods, client, replicaset.BurstReplicas)
	jobs, err := job.NewController(ctx, client, pods, typed.Batch().V1().Jobs(), nil, nil)
	if err != nil {
		return fmt.Errorf("make the controller of Jobs: %w", err)
	}
	controllers.Go(func() { deployments.Run(ctx, 5) })
	controllers.Go(func() { sets.Run(ctx, 5) })
	controllers.Go(func() { jobs.Run(ctx, 5) })
	return nil
}
