// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// A platform reads why an install failed. The same request tells it once more, and later tries again; a new instance of the same
// ID tries at once.
func tellFailedInstall(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id, order := m.id("shop"), m.order("small", object{"password": m.HiddenInput})
	m.manager.FailWorkflow("install", "the database refuses password "+m.HiddenInput, 2)

	first := m.put(http.StatusAccepted, id, order).Word("operation")
	told := m.await(id, first, failed)
	m.Expect(told.Word("description")).To(And(ContainSubstring("the database refuses password"), Not(ContainSubstring(m.HiddenInput)), notAdvise()))
	m.get(http.StatusNotFound, id)
	m.Expect(m.put(http.StatusAccepted, id, order).Word("operation")).To(Equal(first))
	unusable := m.bind(http.StatusUnprocessableEntity, id, "web")
	m.Expect(unusable.Body).To(And(Not(HaveKey("error")), HaveKeyWithValue("description", ContainSubstring("the database refuses password"))))
	second := m.again(first, func() answer { return m.put(http.StatusAccepted, id, order) })
	m.await(id, second, failed)
	m.Expect(m.poll(id, first)).To(Equal(failed))

	removed := m.remove(http.StatusAccepted, id).Word("operation")
	m.await(id, removed, succeeded)
	m.await(id, m.put(http.StatusAccepted, id, order).Word("operation"), succeeded)
	m.put(http.StatusOK, id, order)
	m.deprovision(id)
	m.Expect(m.manager.Deployments()).To(BeEmpty())
}

// notAdvise is a text that gives no advice to those who have kubectl.
func notAdvise() types.GomegaMatcher {
	return Not(Or(ContainSubstring("spec."), ContainSubstring("annotation"), ContainSubstring("cloudify.co/"), ContainSubstring("kubectl")))
}

// A failed update leaves the instance as it was, and the same request repairs it.
func tellFailedUpdates(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id := m.id("shop")
	m.provision(id, "small", nil)

	change := func() object { return object{"plan_id": m.Name + "-large"} }
	m.manager.FailWorkflow("update", "no quota left in region east", 1)
	told := m.await(id, m.patch(http.StatusAccepted, id, change()).Word("operation"), failed)
	m.Expect(told.Word("description")).To(And(ContainSubstring("no quota left in region east"), notAdvise()))
	m.Expect(told.Body).To(And(HaveKey("instance_usable"), HaveKeyWithValue("update_repeatable", true)))
	m.Expect(m.get(http.StatusOK, id).Word("plan_id")).To(Equal(m.Name+"-small"), "the plan is the applied one")

	first := m.patch(http.StatusAccepted, id, change()).Word("operation")
	m.await(id, m.again(first, func() answer { return m.patch(http.StatusAccepted, id, change()) }), succeeded)
	m.Expect(m.get(http.StatusOK, id).Word("plan_id")).To(Equal(m.Name + "-large"))
	m.Expect(m.url(id)).To(Equal("http://shop.example.com:8082"))
	m.deprovision(id)
}

// What an update may change, and what it leaves.
func tellUpdates(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id := m.id("shop")
	m.provision(id, "small", object{"uninstall_seconds": 2})
	m.Expect(m.url(id)).To(Equal("http://shop.example.com:8081"))

	m.patch(http.StatusOK, id, object{"previous_values": object{"plan_id": m.Name + "-small"}})
	m.patch(http.StatusOK, id, object{"plan_id": m.Name + "-small"})
	m.patch(http.StatusOK, id, object{"context": object{"platform": "cloudfoundry", "instance_name": "renamed"}})
	d, err := m.instance(id)
	m.Expect(err).NotTo(HaveOccurred())
	m.Expect(d.Annotations[v1alpha1.OSBContextAnnotation]).To(ContainSubstring("renamed"))
	m.Expect(m.executions("", "update")).To(BeEmpty())

	m.update(id, object{"plan_id": m.Name + "-large"})
	m.Expect(m.url(id)).To(Equal("http://shop.example.com:8082"))
	m.Expect(m.remote(id).Inputs).To(HaveKeyWithValue("uninstall_seconds", BeNumerically("==", 2)))
	m.update(id, object{"plan_id": m.Name + "-free", "parameters": object{"port": 9000}})
	m.Expect(m.url(id)).To(Equal("http://shop.example.com:9000"))
	m.update(id, object{"parameters": object{"port": nil, "uninstall_seconds": 3}})
	m.Expect(m.url(id)).To(Equal("http://shop.example.com:80"))
	m.Expect(m.get(http.StatusOK, id).Body["parameters"]).To(Equal(object{"uninstall_seconds": 3.0}))
	m.patch(http.StatusBadRequest, id, object{"parameters": object{"port": "many"}})
	m.patch(http.StatusBadRequest, id, object{"plan_id": m.Name + "-huge"})

	m.update(id, object{"plan_id": m.Name + "-small"})
	m.publishes("2.0.0", 8090)
	m.Expect(m.url(id)).To(Equal("http://shop.example.com:8081"), "an edited plan moves nobody unasked")
	m.Expect(m.patch(http.StatusUnprocessableEntity, id, object{"maintenance_info": object{"version": "1.5.0"}}).Word("error")).To(Equal("MaintenanceInfoConflict"))
	m.update(id, object{"maintenance_info": object{"version": "2.0.0"}})
	m.Expect(m.get(http.StatusOK, id).Body["maintenance_info"]).To(Equal(object{"version": "2.0.0"}))
	m.Expect(m.url(id)).To(Equal("http://shop.example.com:8090"))
	m.patch(http.StatusOK, id, object{"maintenance_info": object{"version": "2.0.0"}})
	m.deprovision(id)
}

// publishes gives plan small a new version with another port, and waits until the platform sees it.
func (m *market) publishes(version string, port int) {
	m.t.Helper()
	m.Eventually(func() error {
		b := &v1alpha1.CloudifyBlueprint{}
		if err := env.Client.Get(m.t.Context(), client.ObjectKey{Namespace: m.Name, Name: "shop"}, b); err != nil {
			return err
		}
		b.Spec.Offering.Plans[0].Inputs["port"] = testenv.JSON(port)
		b.Spec.Offering.Plans[0].MaintenanceInfo.Version = version
		return env.Client.Update(m.t.Context(), b)
	}).Should(Succeed())
	m.Eventually(func() (any, error) {
		plans, err := m.catalog()
		return plans[m.Name][0].(object)["maintenance_info"], err
	}).Should(Equal(object{"version": version}))
}

// Somebody with kubectl changes the object between two requests: what he set stays, where the platform says nothing of it.
func tellEdited(t *testing.T, b *broker) {
	m, k := newMarket(t, b), newKubectl(t)
	id := m.id("shop")
	order := m.order("free", object{"uninstall_seconds": 2})
	m.provision(id, "free", object{"uninstall_seconds": 2})

	k.run("patch", "--namespace", services, "cloudifydeployment/"+id, "--type=merge", "--patch", `{"spec":{"inputs":{"port":9000}}}`)
	k.run("wait", "--namespace", services, "--for=condition=Ready", "--timeout=60s", "cloudifydeployment/"+id)
	m.Eventually(func() any { return m.remote(id).Inputs["port"] }).Should(BeNumerically("==", 9000))
	m.Eventually(func() (*v1alpha1.CloudifyDeployment, error) { return m.instance(id) }).Should(testenv.BeReady())
	m.put(http.StatusOK, id, order)
	m.Expect(m.get(http.StatusOK, id).Body["parameters"]).To(HaveKeyWithValue("uninstall_seconds", 2.0))
	m.update(id, object{"parameters": object{"uninstall_seconds": 3}})
	m.Expect(m.remote(id).Inputs).To(And(
		HaveKeyWithValue("port", BeNumerically("==", 9000)), HaveKeyWithValue("uninstall_seconds", BeNumerically("==", 3))))
	m.deprovision(id)
}

// Somebody with kubectl deletes the object of an instance.
func tellDeleted(t *testing.T, b *broker) {
	m, k := newMarket(t, b), newKubectl(t)
	id := m.id("shop")
	ordered := m.put(http.StatusAccepted, id, m.order("free", object{"install_seconds": int(forever.Seconds())})).Word("operation")
	m.awaitWorkflow("install")
	k.run("delete", "--namespace", services, "cloudifydeployment/"+id, "--wait=false")
	m.await(id, ordered, failed)
	m.manager.Step(forever)
	k.run("wait", "--namespace", services, "--for=delete", "--timeout=60s", "cloudifydeployment/"+id)

	m.Expect(m.await(id, ordered, failed).Word("description")).To(ContainSubstring("deleted by somebody else"))
	m.get(http.StatusNotFound, id)
	m.bind(http.StatusNotFound, id, "web")
	m.remove(http.StatusGone, id)
	m.provision(id, "free", nil)
	m.deprovision(id)
	m.Expect(m.manager.Deployments()).To(BeEmpty())
}

// Somebody with kubectl retries what failed. The platform, which still polls, sees it succeed.
func tellRetried(t *testing.T, b *broker) {
	m, k := newMarket(t, b), newKubectl(t)
	id := m.id("shop")
	m.manager.FailWorkflow("install", "no quota left in region east", 1)
	ordered := m.put(http.StatusAccepted, id, m.order("small", nil)).Word("operation")
	m.await(id, ordered, failed)

	k.run("annotate", "--namespace", services, "cloudifydeployment/"+id, v1alpha1.RequestedAtAnnotation+"=now")
	m.Eventually(func() string { return m.poll(id, ordered) }).Should(Equal(succeeded))
	m.put(http.StatusOK, id, m.order("small", nil))
	m.Expect(m.executions("", "install")).To(HaveLen(2))
	m.deprovision(id)
}

// The value of a hidden input reaches the Manager and a Secret, and appears nowhere else.
func tellSensitive(t *testing.T, b *broker) {
	m, k := newMarket(t, b), newKubectl(t)
	const changed = "hidden-5f9c4ab08cac7457"
	b.mustNotLog(changed)
	id := m.id("shop")
	seen := func() string {
		return k.run("get", "--namespace", services, "cloudifydeployment/"+id, "--output", "yaml", "--show-managed-fields") +
			k.run("get", "events.events.k8s.io", "--namespace", services, "--output", "yaml") + m.get(http.StatusOK, id).Text
	}
	secret := func() map[string]string {
		d, err := m.instance(id)
		m.Expect(err).NotTo(HaveOccurred())
		found := map[string]string{}
		m.Expect(k.run("get", "--namespace", services, "secret", d.Spec.OSB.ParametersSecret, "--output", "name")).NotTo(BeEmpty())
		for key, value := range m.secretData(d.Spec.OSB.ParametersSecret) {
			found[key] = string(value)
		}
		return found
	}

	m.provision(id, "small", object{"password": m.HiddenInput})
	m.Expect(m.remote(id).Inputs).To(HaveKeyWithValue("password", m.HiddenInput))
	m.Expect(secret()).To(ContainElement(ContainSubstring(m.HiddenInput)))
	m.Expect(seen()).NotTo(ContainSubstring(m.HiddenInput))
	m.put(http.StatusOK, id, m.order("small", object{"password": m.HiddenInput}))
	m.put(http.StatusConflict, id, m.order("small", object{"password": changed}))

	m.update(id, object{"parameters": object{"password": changed}})
	m.Expect(m.remote(id).Inputs).To(HaveKeyWithValue("password", changed))
	m.Expect(secret()).To(ContainElement(ContainSubstring(changed)))
	m.Expect(seen()).NotTo(Or(ContainSubstring(changed), ContainSubstring(m.HiddenInput)))
	refused := m.patch(http.StatusBadRequest, id, object{"parameters": object{"password": []string{changed}}})
	m.Expect(refused.Text).NotTo(ContainSubstring(changed))
	m.deprovision(id)
}
