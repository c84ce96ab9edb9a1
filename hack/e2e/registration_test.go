// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// The samples of platforms apply, and lead to the Service of the installation.
func TestRegistrationsApply(t *testing.T) {
	g := NewWithT(t)
	service := install(t).find("Service", "cloudify-operator-osb")
	g.Expect(service).NotTo(BeNil())
	url := fmt.Sprintf("https://%s.%s.svc", service.GetName(), service.GetNamespace())
	registered := registrations(t)
	for _, kind := range []string{"ClusterServiceBroker", "CFServiceBroker"} {
		g.Expect(field(registered[kind], "spec", "url")).To(Equal(url), kind)
	}

	var korifi map[string]string
	secrets := registered["Secret cf"]
	g.Expect(json.Unmarshal([]byte(field(secrets, "stringData", "credentials").(string)), &korifi)).To(Succeed())
	catalog := registered["Secret default"].Object["stringData"]
	g.Expect(catalog).To(Equal(map[string]any{"username": korifi["username"], "password": korifi["password"]}))
}

// What the samples of service-catalog ask for is what the endpoint gives: the broker is registered by its Secret, the Manager's
// blueprints are classes, one of which is ordered in plan default and bound.
func TestServiceCatalogStory(t *testing.T) {
	g := NewWithT(t)
	e := openEndpoint(t)
	o := startOperator(t, e.flags()...)
	k := newKubectl(t)
	remote := testenv.StartManager(t, simulator.Options{Username: "admin", Password: password})
	blueprint := simulator.Zip(map[string]string{"blueprint.yaml": read(t, "testdata/shop-blueprint.yaml")})
	for _, id := range []string{"drupal", "mariadb", "nodecellar"} {
		g.Expect(remote.AddBlueprint(id, blueprint, "")).To(Succeed())
	}

	samples, err := decode([]byte(read(t, repositoryPath(t, "config", "samples", "cloudifymanager-discovery.yaml"))))
	g.Expect(err).NotTo(HaveOccurred())
	var discovered []client.Object
	for _, sample := range samples {
		if sample.GetKind() == "CloudifyManager" {
			g.Expect(unstructured.SetNestedField(sample.Object, remote.URL, "spec", "endpoint")).To(Succeed())
			g.Expect(unstructured.SetNestedField(sample.Object, true, "spec", "tls", "allowHTTP")).To(Succeed())
			discovered = append(discovered, sample)
		}
		manifest, err := yaml.Marshal(sample.Object)
		g.Expect(err).NotTo(HaveOccurred())
		k.apply(manifest)
	}
	credentials := testenv.Credentials(o.namespace, "manager", "admin", password)
	g.Expect(env.Client.Create(t.Context(), credentials)).To(Succeed())
	t.Cleanup(func() { release(append(discovered, credentials)) })

	registered := registrations(t)
	g.Expect(field(registered["ClusterServiceBroker"], "spec", "authInfo", "basic", "secretRef")).To(Equal(
		map[string]any{"namespace": "default", "name": registered["Secret default"].GetName()}))
	given, err := json.Marshal(map[string]any{"stringData": registered["Secret default"].Object["stringData"]})
	g.Expect(err).NotTo(HaveOccurred())
	own := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: "osb-credentials"}}
	g.Expect(env.Client.Patch(t.Context(), own, client.RawPatch(types.MergePatchType, given))).To(Succeed())
	ask := newCaller(t, e, field(registered["Secret default"], "stringData").(map[string]any))

	var class, plan string
	instance := registered["ServiceInstance"]
	g.Eventually(func(g Gomega) {
		status, catalog := ask(http.MethodGet, "catalog", nil)
		g.Expect(status).To(Equal(http.StatusOK))
		names := map[any]any{}
		for _, service := range catalog["services"].([]any) {
			names[service.(map[string]any)["name"]] = service
		}
		g.Expect(names).To(And(HaveKey("drupal"), HaveKey("mariadb"), HaveKey(field(instance, "spec", "clusterServiceClassExternalName"))))
		service := names[field(instance, "spec", "clusterServiceClassExternalName")].(map[string]any)
		offered := service["plans"].([]any)[0].(map[string]any)
		g.Expect(offered["name"]).To(Equal(field(instance, "spec", "clusterServicePlanExternalName")))
		class, plan = service["id"].(string), offered["id"].(string)
	}).WithTimeout(patience).WithPolling(100 * time.Millisecond).Should(Succeed())

	path := "service_instances/a8b6f9a0-3c1e-4a52-9f6f-0d3b6c1f7d11"
	status, answer := ask(http.MethodPut, path+"?accepts_incomplete=true", map[string]any{
		"service_id": class, "plan_id": plan, "organization_guid": "cluster", "space_guid": "namespace",
		"context": map[string]any{"platform": "kubernetes", "namespace": instance.GetNamespace()}, "parameters": field(instance, "spec", "parameters"),
	})
	g.Expect(status).To(Equal(http.StatusAccepted), "%v", answer)
	g.Eventually(func() any {
		_, operation := ask(http.MethodGet, path+"/last_operation", nil)
		return operation["state"]
	}).WithTimeout(patience).WithPolling(100 * time.Millisecond).Should(Equal("succeeded"))

	g.Expect(field(registered["ServiceBinding"], "spec", "instanceRef", "name")).To(Equal(instance.GetName()))
	status, answer = ask(http.MethodPut, path+"/service_bindings/b", map[string]any{"service_id": class, "plan_id": plan})
	g.Expect(status).To(Equal(http.StatusCreated), "%v", answer)
	g.Expect(answer["credentials"]).To(HaveKeyWithValue("url", "http://shop.example.com:8080"))

	removal := path + "?accepts_incomplete=true&service_id=" + class + "&plan_id=" + plan
	status, answer = ask(http.MethodDelete, removal, nil)
	g.Expect(status).To(Equal(http.StatusAccepted), "%v", answer)
	g.Eventually(func() int {
		status, _ := ask(http.MethodDelete, removal, nil)
		return status
	}).WithTimeout(patience).WithPolling(100 * time.Millisecond).Should(Equal(http.StatusGone))
	g.Expect(remote.Deployments()).To(BeEmpty())
}

// registrations applies the samples of platforms in a cluster that has their kinds, and returns them by kind, Secrets with their
// namespace.
func registrations(t *testing.T) map[string]*unstructured.Unstructured {
	t.Helper()
	g := NewWithT(t)
	k := newKubectl(t)
	k.apply([]byte(read(t, "testdata/docs/platform-crds.yaml")))
	k.run("wait", "crd", "--all", "--for=condition=Established", "--timeout=60s")
	k.apply([]byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: cf}\n"))
	manifest := k.run("kustomize", repositoryPath(t, "config", "samples", "platforms"))
	_, err := k.try([]byte(manifest), "apply", "--server-side", "--validate=strict", "--filename", "-")
	g.Expect(err).NotTo(HaveOccurred())
	objects, err := decode([]byte(manifest))
	g.Expect(err).NotTo(HaveOccurred())
	byKind := map[string]*unstructured.Unstructured{}
	for _, o := range objects {
		key := o.GetKind()
		if key == "Secret" {
			key += " " + o.GetNamespace()
		}
		byKind[key] = o
	}
	t.Cleanup(func() { release(objects) })
	return byKind
}

func field(o *unstructured.Unstructured, path ...string) any {
	value, _, _ := unstructured.NestedFieldNoCopy(o.Object, path...)
	return value
}

// newCaller asks the endpoint as a platform that has credentials.
func newCaller(t *testing.T, e *endpoint, credentials map[string]any) func(method, path string, body any) (int, map[string]any) {
	t.Helper()
	g := NewWithT(t)
	authority, err := os.ReadFile(filepath.Join(e.certs, "ca.crt"))
	g.Expect(err).NotTo(HaveOccurred())
	trusted := x509.NewCertPool()
	g.Expect(trusted.AppendCertsFromPEM(authority)).To(BeTrue())
	caller := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	return func(method, path string, body any) (int, map[string]any) {
		sent, err := json.Marshal(body)
		g.Expect(err).NotTo(HaveOccurred())
		request, err := http.NewRequestWithContext(t.Context(), method, e.url+"/v2/"+path, bytes.NewReader(sent))
		g.Expect(err).NotTo(HaveOccurred())
		request.SetBasicAuth(fmt.Sprint(credentials["username"]), fmt.Sprint(credentials["password"]))
		request.Header.Set("X-Broker-API-Version", "2.14")
		answer, err := caller.Do(request)
		g.Expect(err).NotTo(HaveOccurred())
		defer func() { _ = answer.Body.Close() }()
		read := map[string]any{}
		g.Expect(json.NewDecoder(answer.Body).Decode(&read)).To(Succeed())
		return answer.StatusCode, read
	}
}
