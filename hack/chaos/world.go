// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

const (
	// managersInWorld and replicas are how many Managers there are, and how many operators.
	managersInWorld, replicas = 2, 2
	// shop is the namespace of people, services that of what platforms order.
	shop, services = "shop", "cloudify-services"
)

// managerCRD is the file of the kind CloudifyManager.
const managerCRD = "config/crd/bases/cloudify.co_cloudifymanagers.yaml"

// world is all that runs.
type world struct {
	options
	dir      string
	book     *book
	cluster  *cluster
	managers []*manager
	replicas []*replica
	client   client.WithWatch
	recorder *recorder
	// lease is how long a leader may be away.
	lease time.Duration
	// reportsOrphans says whether CloudifyManagers have a place for orphans.
	reportsOrphans bool
	// tending: people now do what the messages of stalled objects advise.
	tending atomic.Bool

	following sync.WaitGroup
	unfollow  context.CancelFunc
	// lasting is trouble that ends by itself. Processes are restarted one after the other.
	lasting    sync.WaitGroup
	restarting sync.Mutex

	mu       sync.Mutex
	versions map[string]int // of blueprints' contents
}

// newWorld starts everything.
func newWorld(ctx context.Context, o options, dir string, b *book) (*world, error) {
	w := &world{options: o, dir: dir, book: b, versions: map[string]int{}}
	var err error
	if w.cluster, err = startCluster(ctx, dir, o.binaries, b); err != nil {
		return w, err
	}
	kind, err := os.ReadFile(managerCRD)
	if err != nil {
		return w, err
	}
	w.reportsOrphans = bytes.Contains(kind, []byte(" orphans:"))
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return w, err
	}
	config, err := w.cluster.config()
	if err != nil {
		return w, err
	}
	watching := *config
	if w.client, err = client.NewWithWatch(config, client.Options{Scheme: scheme}); err != nil {
		return w, err
	}
	follower, err := client.NewWithWatch(&watching, client.Options{Scheme: scheme})
	if err != nil {
		return w, err
	}
	w.recorder = &recorder{client: follower, book: b}
	for i := range managersInWorld {
		m, err := startManager(fmt.Sprintf("manager-%d", i), o, b)
		if err != nil {
			return w, err
		}
		w.managers = append(w.managers, m)
	}
	if err := w.furnish(ctx); err != nil {
		return w, err
	}
	if err := w.startReplicas(ctx); err != nil {
		return w, err
	}
	w.follow(ctx)
	return w, w.offered(ctx)
}

// furnish makes what every run begins with: namespaces, connections and blueprints.
func (w *world) furnish(ctx context.Context) error {
	if err := w.make(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: shop}}); err != nil {
		return err
	}
	for i, m := range w.managers {
		for _, o := range []client.Object{m.secret(), m.connection(), w.blueprint(blueprintOf(i), i)} {
			if err := w.make(ctx, o); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) make(ctx context.Context, o client.Object) error {
	return await(ctx, nameOf(o), func() error { return client.IgnoreAlreadyExists(w.client.Create(ctx, o)) })
}

// follow begins to write every state of the objects into the book.
func (w *world) follow(ctx context.Context) {
	ctx, w.unfollow = context.WithCancel(ctx)
	for _, list := range []client.ObjectList{
		&v1alpha1.CloudifyManagerList{}, &v1alpha1.CloudifyBlueprintList{}, &v1alpha1.CloudifyDeploymentList{}, &v1alpha1.CloudifyBindingList{},
		&v1alpha1.CloudifyExecutionList{},
	} {
		w.following.Go(func() { w.recorder.record(ctx, list) })
	}
}

// offered waits until the blueprints are in the catalog.
func (w *world) offered(ctx context.Context) error {
	for i := range w.managers {
		b := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: blueprintOf(i)}}
		if err := await(ctx, nameOf(b), func() error {
			if err := w.client.Get(ctx, client.ObjectKeyFromObject(b), b); err != nil {
				return err
			}
			if !b.IsOffered() {
				return errors.New(describe(b, b.Status.Conditions))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// stop ends everything, the last first.
func (w *world) stop() {
	if w.unfollow != nil {
		w.unfollow()
	}
	for _, r := range w.replicas {
		r.stop()
	}
	if w.cluster != nil {
		w.cluster.stop()
	}
	w.following.Wait()
	for _, m := range w.managers {
		m.stop()
	}
}

// insist repeats a request to the API server until it answers, even with a refusal.
func (w *world) insist(ctx context.Context, do func(context.Context) error) error {
	deadline := time.Now().Add(patience)
	for {
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := do(attempt)
		cancel()
		if err == nil || definite(err) || ctx.Err() != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the API server gave no answer for %s: %w", patience, err)
		}
		sleep(ctx, 300*time.Millisecond)
	}
}

// definite reports whether an error is an answer of the API server, rather than the lack of one.
func definite(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return false
	}
	code := status.Status().Code
	return code >= 400 && code < 500 && code != http.StatusTooManyRequests && code != http.StatusRequestTimeout
}

// version is the one that a blueprint has by now.
func (w *world) version(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.versions[name]
}
