// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package namespaced tests the operator as config/namespaced installs it, with the rights that it gives and no others. It has a
// control plane of its own, because elsewhere the same ServiceAccount has the rights of config/default.
package namespaced

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

var env *testenv.Environment

func TestMain(m *testing.M) { testenv.Main(m, &env) }

const (
	operatorNamespace = "cloudify-operator-system"
	account           = "system:serviceaccount:" + operatorNamespace + ":cloudify-operator-controller-manager"
	services          = "cloudify-services"
	elsewhere         = "elsewhere"
	password          = "pw-9f86d081884c7d65"
	patience          = time.Minute
)

const blueprint = `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
inputs:
  password: {type: string, default: '', hidden: true}
node_templates:
  host: {type: cloudify.nodes.Root}
capabilities:
  url: {value: http://cellar.example.com}
`

// install applies config/namespaced with its OSB endpoint, and returns the operator's pod.
func install(t *testing.T) corev1.PodSpec {
	t.Helper()
	for _, name := range []string{"shop", "cloudify-catalog", elsewhere} {
		create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	kubectl(t, "apply", "--server-side", "--kustomize", overlay(t))
	var d appsv1.Deployment
	key := client.ObjectKey{Namespace: operatorNamespace, Name: "cloudify-operator-controller-manager"}
	if err := env.Client.Get(t.Context(), key, &d); err != nil {
		t.Fatal(err)
	}
	return d.Spec.Template.Spec
}

// overlay is a folder that puts the OSB endpoint over config/namespaced, as somebody's own would.
func overlay(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	base, err := testenv.Path("config", "namespaced")
	if err == nil {
		base, err = filepath.Rel(folder, base) // kustomize takes no absolute paths
	}
	if err != nil {
		t.Fatal(err)
	}
	content := fmt.Sprintf("resources: [%s]\ncomponents: [%s]\n", base, filepath.Join(base, "osb"))
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func kubectl(t *testing.T, args ...string) {
	t.Helper()
	binary, err := testenv.Path("bin", "controlplane", "kubectl")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), binary, append([]string{"--kubeconfig", env.KubeconfigFile(t)}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %v: %v\n%s", args, err, out)
	}
}

func create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, o := range objects {
		if err := env.Client.Create(t.Context(), o); err != nil {
			t.Fatalf("create %T %s: %v", o, o.GetName(), err)
		}
	}
}

// What is in a watched namespace works, through both doors and under the rights of the installation; what is elsewhere is
// neither seen nor touched.
func TestNamespacedInstallation(t *testing.T) {
	g := NewWithT(t)
	g.SetDefaultEventuallyTimeout(patience)
	g.SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	ctx := t.Context()
	pod := install(t)
	g.Expect(pod.Containers[0].Args).To(ContainElement("--watch-namespaces=shop,cloudify-catalog"))

	remote := testenv.StartManager(t, simulator.Options{Username: "admin", Password: password})
	create(t, testenv.Credentials(operatorNamespace, "default", "admin", password))
	manager := testenv.Manager("default", remote.URL, func(m *v1alpha1.CloudifyManager) {
		m.Spec.Discovery = &v1alpha1.ManagerDiscovery{Namespace: elsewhere, Offered: new(false)}
	})
	offered := func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering = &v1alpha1.Offering{Name: "cellar", Description: "A cellar."}
	}
	files := testenv.Inline(map[string]string{"blueprint.yaml": blueprint})
	create(t, manager)
	for _, namespace := range []string{"shop", elsewhere} {
		create(t, testenv.Blueprint(namespace, "cellar", files, offered, testenv.AllowedFrom(v1alpha1.NamespacesFromAll, nil)),
			testenv.Deployment(namespace, "cellar", "cellar"))
	}
	far := testenv.Deployment("shop", "far", "cellar", func(d *v1alpha1.CloudifyDeployment) { d.Spec.BlueprintRef.Namespace = elsewhere })
	create(t, far)

	address := testenv.FreeAddress(t)
	folder := t.TempDir()
	for name, text := range map[string]string{"username": "platform", "password": password} {
		g.Expect(os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600)).To(Succeed())
	}
	operator := env.RunPod(t, operatorNamespace, pod, "--leader-elect=false", "--metrics-bind-address=0",
		"--watch-interval-busy=100ms", "--watch-interval-idle=500ms", "--watch-references=false", "--zap-log-level=debug",
		"--osb-bind-address="+address, "--osb-insecure=http", "--osb-credentials-dir="+folder)

	// kubectl's door.
	state := func(o testenv.Object) func() (testenv.Object, error) {
		return func() (testenv.Object, error) { return o, env.Client.Get(ctx, client.ObjectKeyFromObject(o), o) }
	}
	near := testenv.Deployment("shop", "cellar", "cellar")
	g.Eventually(state(near)).Should(testenv.BeReady())
	g.Eventually(state(far)).Should(testenv.BeWaiting(v1alpha1.ReasonBlueprintNotFound))
	var outputs corev1.Secret
	g.Expect(env.Client.Get(ctx, client.ObjectKey{Namespace: "shop", Name: near.OutputsSecretName()}, &outputs)).To(Succeed())
	g.Expect(outputs.Data).To(HaveKey("url"))
	g.Eventually(state(manager)).Should(testenv.HaveCondition(v1alpha1.DiscoveredCondition, metav1.ConditionFalse, v1alpha1.ReasonNamespaceNotWatched))

	// The platform's.
	ask := func(status int, method, path, body string) map[string]any {
		t.Helper()
		request, err := http.NewRequestWithContext(ctx, method, "http://"+address+"/v2/"+path, bytes.NewReader([]byte(body)))
		g.Expect(err).NotTo(HaveOccurred())
		request.SetBasicAuth("platform", password)
		request.Header.Set("X-Broker-API-Version", "2.17")
		answer, err := http.DefaultClient.Do(request)
		g.Expect(err).NotTo(HaveOccurred())
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(answer.StatusCode).To(Equal(status), "%s %s: %s", method, path, text)
		var said map[string]any
		g.Expect(json.Unmarshal(text, &said)).To(Succeed())
		return said
	}
	await := func(operation string) {
		t.Helper()
		query := ""
		if operation != "" {
			query = "?operation=" + operation
		}
		g.Eventually(func() any { return ask(200, "GET", "service_instances/x/last_operation"+query, "")["state"] }).Should(Equal("succeeded"))
	}
	var offering map[string]any
	g.Eventually(func() any {
		all, _ := ask(200, "GET", "catalog", "")["services"].([]any)
		if len(all) == 1 {
			offering = all[0].(map[string]any)
		}
		return all
	}).Should(HaveLen(1), "the offering of the namespace that is not watched is not there")
	ids := fmt.Sprintf(`"service_id":%q,"plan_id":%q`, offering["id"], offering["plans"].([]any)[0].(map[string]any)["id"])
	order := func(parameters string) string {
		return fmt.Sprintf(`{%s,"organization_guid":"o","space_guid":"s","parameters":%s}`, ids, parameters)
	}
	ask(400, "PUT", "service_instances/y?accepts_incomplete=true", `{"service_id":"nobodys","plan_id":"p","organization_guid":"o","space_guid":"s"}`)
	await(ask(202, "PUT", "service_instances/x?accepts_incomplete=true", order(`{"password":"s3cret-a"}`))["operation"].(string))
	var d v1alpha1.CloudifyDeployment
	g.Expect(env.Client.Get(ctx, client.ObjectKey{Namespace: services, Name: "x"}, &d)).To(Succeed())
	former := d.Spec.OSB.ParametersSecret
	await(ask(202, "PATCH", "service_instances/x?accepts_incomplete=true", order(`{"password":"s3cret-b"}`))["operation"].(string))
	err := env.Client.Get(ctx, client.ObjectKey{Namespace: services, Name: former}, &corev1.Secret{})
	g.Expect(apierrors.IsNotFound(err)).To(BeTrue(), "the former secret parameters are still there")
	bound := ask(201, "PUT", "service_instances/x/service_bindings/b", fmt.Sprintf(`{%s}`, ids))
	g.Expect(bound["credentials"]).To(HaveKeyWithValue("url", "http://cellar.example.com"))
	gone := ask(202, "DELETE", fmt.Sprintf("service_instances/x?accepts_incomplete=true&service_id=%s&plan_id=p", offering["id"]), "")
	await(gone["operation"].(string))

	g.Expect(env.Client.Delete(ctx, near)).To(Succeed())
	g.Eventually(func() bool { return apierrors.IsNotFound(env.Client.Get(ctx, client.ObjectKeyFromObject(near), near)) }).Should(BeTrue())
	g.Expect(remote.Deployments()).To(BeEmpty())

	// By now whoever looked elsewhere would have found something to do.
	untouched := testenv.Deployment(elsewhere, "cellar", "cellar")
	g.Expect(env.Client.Get(ctx, client.ObjectKeyFromObject(untouched), untouched)).To(Succeed())
	g.Expect(untouched.Finalizers).To(BeEmpty())
	g.Expect(untouched.Status.Conditions).To(BeEmpty())

	g.Expect(operator.Stop()).To(Succeed())
	g.Expect(operator.Log()).NotTo(Or(ContainSubstring("forbidden"), ContainSubstring(password)))

	// What a stolen token is good for.
	thief, err := client.New(env.User(t, account), client.Options{Scheme: env.Scheme})
	g.Expect(err).NotTo(HaveOccurred())
	for _, namespace := range []string{elsewhere, "kube-system", "default"} {
		err := thief.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "any"}, &corev1.Secret{})
		g.Expect(apierrors.IsForbidden(err)).To(BeTrue(), "Secrets of %s: %v", namespace, err)
		err = thief.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "any"}}, client.DryRunAll)
		g.Expect(apierrors.IsForbidden(err)).To(BeTrue(), "Secrets of %s: %v", namespace, err)
	}
	g.Expect(apierrors.IsForbidden(thief.List(ctx, &corev1.SecretList{}))).To(BeTrue())
	g.Expect(apierrors.IsForbidden(thief.List(ctx, &v1alpha1.CloudifyDeploymentList{}))).To(BeTrue())
}

// A list that names no namespaces ends the process with what to do.
func TestNamespacesAreChecked(t *testing.T) {
	g := NewWithT(t)
	binary, err := testenv.Path("bin", "manager")
	g.Expect(err).NotTo(HaveOccurred())
	cmd := exec.CommandContext(t.Context(), binary, "--watch-namespaces=shop,*")
	out, err := cmd.CombinedOutput()
	g.Expect(err).To(HaveOccurred())
	g.Expect(string(out)).To(ContainSubstring(`--watch-namespaces: "*" is not a namespace name`))
}
