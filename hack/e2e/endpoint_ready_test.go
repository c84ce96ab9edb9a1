// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// The Service leads to the port where the pod serves the endpoint, and the pod starts without the Secrets that it mounts where
// the flags say.
func TestEndpointIsInstalled(t *testing.T) {
	g := NewWithT(t)
	in := install(t)
	var service corev1.Service
	var deployment appsv1.Deployment
	convert := runtime.DefaultUnstructuredConverter.FromUnstructured
	g.Expect(convert(in.find("Service", "cloudify-operator-osb").Object, &service)).To(Succeed())
	g.Expect(convert(in.find("Deployment", "cloudify-operator-controller-manager").Object, &deployment)).To(Succeed())
	pod := deployment.Spec.Template

	g.Expect(labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pod.Labels))).To(BeTrue())
	g.Expect(service.Spec.Ports).To(HaveLen(1))
	addresses := map[string]string{}
	for _, port := range pod.Spec.Containers[0].Ports {
		addresses[port.Name] = fmt.Sprintf("--osb-bind-address=:%d", port.ContainerPort)
	}
	g.Expect(in.args).To(ContainElement(addresses[service.Spec.Ports[0].TargetPort.StrVal]))

	secrets := map[string]string{}
	for _, volume := range pod.Spec.Volumes {
		g.Expect(volume.Secret).NotTo(BeNil(), volume.Name)
		g.Expect(volume.Secret.Optional).To(HaveValue(BeTrue()), volume.Name)
		secrets[volume.Name] = volume.Secret.SecretName
	}
	mounted := map[string]string{}
	for _, mount := range pod.Spec.Containers[0].VolumeMounts {
		mounted[secrets[mount.Name]] = mount.MountPath
	}
	for secret, flag := range map[string]string{"osb-server-cert": "--osb-cert-dir=", "osb-credentials": "--osb-credentials-dir="} {
		g.Expect(mounted).To(HaveKey(secret))
		g.Expect(in.args).To(ContainElement(flag + mounted[secret]))
	}
	g.Expect(in.find("Namespace", "cloudify-services")).NotTo(BeNil())
}

// Without its Secrets the endpoint says why it does not serve, and holds nothing else up: the process is ready and the controllers
// work. It serves as they come.
func TestEndpointWaitsForItsSecrets(t *testing.T) {
	g := NewWithT(t)
	e := openEndpoint(t)
	o := startOperator(t, e.flags()...)
	away := func(folder string) func() {
		g.Expect(os.Rename(folder, folder+".away")).To(Succeed())
		return func() { g.Expect(os.Rename(folder+".away", folder)).To(Succeed()) }
	}
	var certificateBack, credentialsBack func()
	before := 0
	o.kill(func() {
		certificateBack, credentialsBack = away(e.certs), away(e.credentials)
		before = len(o.output())
	})
	says := func(words string) {
		t.Helper()
		g.Eventually(func() string { return o.output()[before:] }).WithTimeout(patience).WithPolling(50 * time.Millisecond).Should(
			ContainSubstring(words))
		g.Eventually(o.ready).WithTimeout(patience).WithPolling(50 * time.Millisecond).Should(Succeed())
	}

	says("read the certificate of the OSB endpoint")
	s := newStory(t, o)
	s.create(s.shop())
	s.awaitReady()
	s.deleteAll()
	s.awaitGone()
	certificateBack()
	says("read the credentials of the OSB endpoint")
	catalog := func() int {
		status, _ := newCaller(t, e, map[string]any{"username": "platform", "password": "to-be-replaced"})(http.MethodGet, "catalog", nil)
		return status
	}
	g.Expect(catalog()).To(Equal(http.StatusUnauthorized))
	credentialsBack()
	g.Eventually(catalog).WithTimeout(patience).WithPolling(time.Second).Should(Equal(http.StatusOK))
}
