// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Node stands in for scheduler and kubelet: whatever pod there is, it takes, and runs as RunPod does. Nothing is pulled: all
// images are the operator's.
type Node struct {
	env  *Environment
	tb   testing.TB
	ctx  context.Context
	name string

	mu   sync.Mutex
	pods map[types.UID]*placed
	// all are those that ever ran here.
	all []*placed
}

// placed is a pod on the node.
type placed struct {
	*Pod
	name    string
	volumes map[string]string
}

// StartNode adds a node to the control plane until the test ends.
func (e *Environment) StartNode(tb testing.TB) *Node {
	tb.Helper()
	ctx, stop := context.WithCancel(context.Background())
	n := &Node{env: e, tb: tb, ctx: ctx, name: "node", pods: map[types.UID]*placed{}}
	// Whoever reads a log asks the API server, which asks the node.
	server := httptest.NewTLSServer(http.HandlerFunc(n.serveLog))
	address, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	number, _ := strconv.Atoi(port)
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.name}}
	if err := e.Client.Create(ctx, node); err != nil {
		tb.Fatalf("testenv: create a node: %v", err)
	}
	node.Status = corev1.NodeStatus{
		Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(number)}}, //nolint:gosec // a port
	}
	if err := e.Client.Status().Update(ctx, node); err != nil {
		tb.Fatalf("testenv: describe a node: %v", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if err := n.sync(); err != nil && ctx.Err() == nil {
				tb.Logf("testenv: node: %v", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	tb.Cleanup(func() {
		stop()
		<-ended
		for _, pod := range n.all {
			pod.conclude(pod.Stop())
		}
		server.Close()
		if err := client.IgnoreNotFound(e.Client.Delete(context.Background(), node)); err != nil {
			tb.Errorf("testenv: delete a node: %v", err)
		}
	})
	return n
}

// sync brings the node and its pods to what the API server has.
func (n *Node) sync() error {
	var pods corev1.PodList
	if err := n.env.Client.List(n.ctx, &pods); err != nil {
		return err
	}
	there := map[types.UID]bool{}
	for i := range pods.Items {
		there[pods.Items[i].UID] = true
		if err := n.syncPod(&pods.Items[i]); err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
			return fmt.Errorf("pod %s: %w", pods.Items[i].Name, err)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for uid, pod := range n.pods {
		if !there[uid] { // deleted by force
			pod.Kill()
			delete(n.pods, uid)
		}
	}
	return nil
}

func (n *Node) syncPod(pod *corev1.Pod) error {
	if pod.Spec.NodeName == "" {
		return n.env.Client.SubResource("binding").Create(n.ctx, pod, &corev1.Binding{Target: corev1.ObjectReference{Kind: "Node", Name: n.name}})
	}
	n.mu.Lock()
	running := n.pods[pod.UID]
	n.mu.Unlock()
	switch {
	case pod.DeletionTimestamp != nil:
		return n.end(pod, running)
	case running == nil:
		running = &placed{name: pod.Namespace + "/" + pod.Name, volumes: map[string]string{}}
		for _, v := range pod.Spec.Volumes {
			running.volumes[v.Name] = n.tb.TempDir()
		}
		if err := n.fill(pod, running.volumes); err != nil {
			return err
		}
		running.Pod = n.env.launch(n.tb, pod.Namespace, pod.Spec, running.volumes)
		n.mu.Lock()
		n.pods[pod.UID] = running
		n.all = append(n.all, running)
		n.mu.Unlock()
	default:
		if err := n.fill(pod, running.volumes); err != nil {
			return err
		}
	}
	return n.report(pod, running)
}

// end stops a pod and confirms that it is gone. Others go on meanwhile: one may wait for what another does.
func (n *Node) end(pod *corev1.Pod, running *placed) error {
	if running != nil {
		go func() { _ = running.Stop() }() // its rights may be gone before it, so nothing is expected of its end
		if gone, _ := running.Ended(); !gone {
			return nil
		}
	}
	return n.env.Client.Delete(n.ctx, pod, client.GracePeriodSeconds(0), client.Preconditions{UID: &pod.UID})
}

// report says in a pod's status how it is.
func (n *Node) report(pod *corev1.Pod, running *placed) error {
	before := pod.DeepCopy()
	now := metav1.Now()
	state := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}
	pod.Status.Phase = corev1.PodRunning
	ready := corev1.ConditionFalse
	switch gone, failure := running.Ended(); {
	case gone:
		pod.Status.Phase, state = corev1.PodSucceeded, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{FinishedAt: now}}
		if failure != nil {
			pod.Status.Phase, state.Terminated.ExitCode = corev1.PodFailed, 1
		}
		if pod.Spec.RestartPolicy == corev1.RestartPolicyNever {
			running.stop.Do(func() {}) // it was to end, and its status says how
		}
	case running.probes != "" && running.Ready() == nil:
		ready = corev1.ConditionTrue
	}
	if pod.Status.StartTime != nil && pod.Status.Phase == before.Status.Phase && isReady(before) == (ready == corev1.ConditionTrue) {
		return nil
	}
	container := pod.Spec.Containers[0]
	pod.Status.StartTime = &now
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: container.Name, Image: container.Image, ImageID: container.Image, Ready: ready == corev1.ConditionTrue, State: state}}
	pod.Status.Conditions = nil
	for _, condition := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized} {
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: condition, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	for _, condition := range []corev1.PodConditionType{corev1.ContainersReady, corev1.PodReady} {
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: condition, Status: ready, LastTransitionTime: now})
	}
	return n.env.Client.Status().Update(n.ctx, pod)
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// fill writes the Secrets that are a pod's volumes, as far as they exist.
func (n *Node) fill(pod *corev1.Pod, volumes map[string]string) error {
	for _, v := range pod.Spec.Volumes {
		if v.Secret == nil {
			continue
		}
		var secret corev1.Secret
		err := n.env.Client.Get(n.ctx, client.ObjectKey{Namespace: pod.Namespace, Name: v.Secret.SecretName}, &secret)
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		for key, value := range secret.Data {
			file := filepath.Join(volumes[v.Name], key)
			if there, err := os.ReadFile(file); err == nil && bytes.Equal(there, value) {
				continue
			}
			// Whoever reads it meanwhile reads all of the former or all of this.
			if err := errors.Join(os.WriteFile(file+".new", value, 0o600), os.Rename(file+".new", file)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Log is what all pods printed, one after the other.
func (n *Node) Log() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all strings.Builder
	for _, pod := range n.all {
		all.WriteString(pod.Log())
	}
	return all.String()
}

// serveLog answers GET /containerLogs/<namespace>/<pod>/<container>.
func (n *Node) serveLog(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, pod := range n.pods {
		if len(parts) == 5 && parts[1] == "containerLogs" && pod.name == parts[2]+"/"+parts[3] {
			_, _ = w.Write([]byte(pod.Log()))
			return
		}
	}
	http.NotFound(w, r)
}
