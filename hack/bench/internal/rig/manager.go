// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// managerName is the CloudifyManager that is meant where none is named.
const managerName, managerPassword = "default", "to-be-replaced"

// Shop is the ID at the Manager of a blueprint of two nodes with one capability. Its operations take no time, but for an install
// with the input install_seconds.
const Shop = "shop"

//go:embed shop.yaml
var shop string

// ShopArchive is the same as files.
func ShopArchive() map[string]string { return map[string]string{"blueprint.yaml": shop} }

// Manager is a simulated Cloudify Manager that answers at once.
type Manager struct {
	*simulator.Simulator
	url    string
	server *http.Server
}

func startManager() (*Manager, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the Manager: %w", err)
	}
	sim := simulator.New(simulator.Options{TimeScale: 1, OperationDuration: time.Nanosecond, Prompt: true, Password: managerPassword})
	m := &Manager{
		Simulator: sim, url: "http://" + listener.Addr().String(),
		server: &http.Server{Handler: sim, ReadHeaderTimeout: patience},
	}
	if err := m.AddBlueprint(Shop, simulator.Zip(ShopArchive()), ""); err != nil {
		return nil, fmt.Errorf("upload the blueprint: %w", err)
	}
	go func() { _ = m.server.Serve(listener) }() // whoever asks it meets the end of it
	return m, nil
}

func (m *Manager) stop() error { return m.server.Close() }

// secret is what the operator logs in with.
func (m *Manager) secret() *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: OperatorNamespace, Name: managerName},
		Data:       map[string][]byte{"username": []byte("admin"), "password": []byte(managerPassword)},
	}
}

// connection is its CloudifyManager.
func (m *Manager) connection() *v1alpha1.CloudifyManager {
	return &v1alpha1.CloudifyManager{
		ObjectMeta: metav1.ObjectMeta{Name: managerName},
		Spec: v1alpha1.CloudifyManagerSpec{
			Endpoint: m.url, Tenant: "default_tenant", CredentialsSecretRef: v1alpha1.LocalObjectReference{Name: managerName},
			TLS:                 &v1alpha1.ManagerTLS{AllowHTTP: true},
			BlueprintNamespaces: &v1alpha1.BlueprintNamespaces{From: v1alpha1.NamespacesFromAll},
		},
	}
}
