// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/loopback"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// manager is a simulated Cloudify Manager behind its door.
type manager struct {
	*simulator.Simulator
	name, url string
	door      *door
	witness   *witness
	server    *http.Server

	mu       sync.Mutex
	rotated  int
	password string
}

// pace is how much faster than the clock a Manager works.
const pace = 4

func startManager(name string, o options, b *book) (*manager, error) {
	m := &manager{name: name, password: secretMark + "-" + name, Simulator: simulator.New(simulator.Options{
		Release: o.release, TimeScale: pace, Password: secretMark + "-" + name, LockFor: time.Minute,
	})}
	m.witness = newWitness(name, m.Simulator, b)
	m.door = newDoor(m.Simulator, m.witness, b)
	var address string
	if err := loopback.Addresses(&address); err != nil {
		return nil, err
	}
	m.url = "http://" + address
	m.server = &http.Server{Addr: address, Handler: m.door, ReadHeaderTimeout: patience}
	failed := make(chan error, 1)
	go func() { failed <- m.server.ListenAndServe() }()
	select {
	case err := <-failed:
		return nil, fmt.Errorf("serve %s: %w", name, err)
	case <-time.After(100 * time.Millisecond):
		return m, nil
	}
}

func (m *manager) stop() { _ = m.server.Close() }

// secret is what the operator logs in with.
func (m *manager) secret() *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: m.name},
		Data:       map[string][]byte{"username": []byte("admin"), "password": []byte(m.login())},
	}
}

// connection is its CloudifyManager.
func (m *manager) connection() *v1alpha1.CloudifyManager {
	return &v1alpha1.CloudifyManager{
		ObjectMeta: metav1.ObjectMeta{Name: m.name},
		Spec: v1alpha1.CloudifyManagerSpec{
			Endpoint: m.url, Tenant: "default_tenant", CredentialsSecretRef: v1alpha1.LocalObjectReference{Name: m.name},
			TLS:                 &v1alpha1.ManagerTLS{AllowHTTP: true},
			BlueprintNamespaces: &v1alpha1.BlueprintNamespaces{From: v1alpha1.NamespacesFromAll},
		},
	}
}

func (m *manager) login() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.password
}

// rotate changes the password; the Secret is left to somebody else.
func (m *manager) rotate() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rotated++
	m.password = fmt.Sprintf("%s-%s-%d", secretMark, m.name, m.rotated)
	m.SetPassword(m.password)
}

// heal ends all that goes wrong at it.
func (m *manager) heal() {
	m.Heal()
	m.door.heal()
}

// running reports whether an execution is under way.
func (m *manager) running() bool {
	for _, e := range m.Executions("") {
		if e.Active() {
			return true
		}
	}
	return false
}
