// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/hack/loopback"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// endpoint is the OSB endpoint of an operator as config/default-osb has it: with TLS, and with the two Secrets of the operator's
// namespace as folders that follow them.
type endpoint struct {
	url                string
	certs, credentials string
}

// openEndpoint makes the Secrets, and keeps the folders like them until the test ends.
func openEndpoint(t *testing.T) *endpoint {
	t.Helper()
	g := NewWithT(t)
	namespace := install(t).namespace
	secrets := map[string]map[string][]byte{
		"osb-server-cert": certificate(t),
		"osb-credentials": {"username": []byte("platform"), "password": []byte("to-be-replaced")},
	}
	e := &endpoint{url: "https://" + testenv.FreeAddress(t), certs: t.TempDir(), credentials: t.TempDir()}
	folders := map[string]string{"osb-server-cert": e.certs, "osb-credentials": e.credentials}
	for name, data := range secrets {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: data}
		g.Expect(env.Client.Create(t.Context(), secret)).To(Succeed())
		stop := mount(t, secret, folders[name])
		t.Cleanup(func() {
			stop()
			_ = env.Client.Delete(context.Background(), secret)
		})
	}
	return e
}

// flags are those that differ from the installation's.
func (e *endpoint) flags() []string {
	return []string{"--osb-bind-address=" + e.url[len("https://"):], "--osb-cert-dir=" + e.certs, "--osb-credentials-dir=" + e.credentials}
}

// mount does to a folder what a kubelet does: the files of a Secret are behind one link, which changes for all at once.
func mount(t *testing.T, secret *corev1.Secret, folder string) (stop func()) {
	t.Helper()
	shown := project(t, folder, 0, secret.Data)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for version := 1; ; version++ {
			select {
			case <-ctx.Done():
				return
			case <-time.After(200 * time.Millisecond):
			}
			now := &corev1.Secret{}
			if env.Client.Get(ctx, client.ObjectKeyFromObject(secret), now) == nil && !maps.EqualFunc(shown, now.Data, slices.Equal) {
				shown = project(t, folder, version, now.Data)
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

func project(t *testing.T, folder string, version int, data map[string][]byte) map[string][]byte {
	must := func(err error) {
		if err != nil {
			t.Errorf("mount a Secret at %s: %v", folder, err)
		}
	}
	name := fmt.Sprintf("..%d", version)
	must(os.Mkdir(filepath.Join(folder, name), 0o700))
	for key, value := range data {
		must(os.WriteFile(filepath.Join(folder, name, key), value, 0o600))
		if _, err := os.Lstat(filepath.Join(folder, key)); err != nil {
			must(os.Symlink(filepath.Join("..data", key), filepath.Join(folder, key)))
		}
	}
	must(os.Symlink(name, filepath.Join(folder, "..next")))
	must(os.Rename(filepath.Join(folder, "..next"), filepath.Join(folder, "..data")))
	return data
}

// certificate is one for 127.0.0.1, with its key, and its authority as cert-manager adds it.
func certificate(t *testing.T) map[string][]byte {
	t.Helper()
	public, private, err := loopback.Certificate()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return map[string][]byte{"tls.crt": public, "ca.crt": public, "tls.key": private}
}
