// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// service-catalog sends what it sent before: after a restart with another organization, a DELETE within milliseconds, and
// polls an update with the plan it leads to.
func tellServiceCatalog(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id := m.id("shop")
	order := m.order("small", nil)
	order["context"] = object{"platform": "kubernetes", "clusterid": "one", "namespace": "team"}
	operation := m.put(http.StatusAccepted, id, order).Word("operation")
	order["organization_guid"], order["context"] = "other", object{"platform": "kubernetes", "clusterid": "two", "namespace": "team"}
	m.Expect(m.ask(http.MethodPut, m.path(id)+"?accepts_incomplete=true", order)).To(Or(
		And(HaveField("Status", http.StatusAccepted), HaveField("Body", HaveKeyWithValue("operation", operation))),
		HaveField("Status", http.StatusOK)))
	m.await(id, operation, succeeded)
	m.put(http.StatusOK, id, order)

	moved := m.patch(http.StatusAccepted, id, object{"plan_id": m.Name + "-large"}).Word("operation")
	m.Eventually(func() (string, error) {
		a, err := m.ask(http.MethodGet, m.polling(id, moved)+"&service_id="+m.Name+"&plan_id="+m.Name+"-large", nil)
		return a.Word("state"), err
	}).Should(Equal(succeeded))
	// All parameters are taken away: service-catalog then sends none.
	m.patch(http.StatusOK, id, object{"context": order["context"], "previous_values": object{}})

	answers := m.atOnce(8, func(int) (answer, error) { return m.ask(http.MethodDelete, m.removal(id), nil) })
	tokens := map[string]bool{}
	for _, a := range answers {
		m.Expect(a.Status).To(BeElementOf(http.StatusAccepted, http.StatusGone), a.String())
		if a.Status == http.StatusAccepted {
			tokens[a.Word("operation")] = true
		}
	}
	m.Expect(tokens).To(HaveLen(1))
	for removed := range tokens {
		m.await(id, removed, succeeded)
	}
	m.remove(http.StatusGone, id)
	m.Expect(m.starts()).To(Equal(2), "one install and one uninstall were to be started")
}

// atOnce sends requests side by side.
func (m *market) atOnce(count int, ask func(i int) (answer, error)) []answer {
	m.t.Helper()
	answers, errs := make([]answer, count), make([]error, count)
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() { answers[i], errs[i] = ask(i) })
	}
	all.Wait()
	for _, err := range errs {
		m.Expect(err).NotTo(HaveOccurred())
	}
	return answers
}

// Korifi does not poll: it sends the same again until it is done.
func tellKorifi(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id := m.id("shop")
	order := m.order("small", object{"install_seconds": 20})
	order["context"] = object{"platform": "cloudfoundry", "instance_name": "shop"}
	operation := m.put(http.StatusAccepted, id, order).Word("operation")
	delete(order, "context")
	m.Eventually(func() (int, error) {
		a, err := m.ask(http.MethodPut, m.path(id)+"?accepts_incomplete=true", order)
		if a.Status == http.StatusAccepted {
			m.Expect(a.Word("operation")).To(Equal(operation))
		}
		return a.Status, err
	}).Should(Equal(http.StatusOK))
	d, err := m.instance(id)
	m.Expect(err).NotTo(HaveOccurred())
	m.Expect(d.Annotations[v1alpha1.OSBContextAnnotation]).To(ContainSubstring("cloudfoundry"), "what is not sent is not forgotten")
	m.Expect(m.executions("", "install")).To(HaveLen(1))

	binding := m.path(id) + "/service_bindings/web"
	for range 3 {
		m.Expect(m.ask(http.MethodPut, binding, object{"service_id": m.Name, "plan_id": m.Name + "-small"})).To(And(
			HaveField("Status", BeElementOf(http.StatusCreated, http.StatusOK)), HaveField("Body", HaveKey("credentials"))))
	}
	m.deprovision(id)
}

// An install fails under Korifi, which sends PUT and then polls whenever it looks. It hears of the failure, and the next attempt
// comes when that was told some time ago.
func tellKorifiOfAFailure(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id, order := m.id("shop"), m.order("small", nil)
	m.manager.FailWorkflow("install", "no quota left in region east", 1)
	heard := map[string]bool{}
	m.Eventually(func() string {
		a, err := m.ask(http.MethodPut, m.path(id)+"?accepts_incomplete=true", order)
		m.Expect(err).NotTo(HaveOccurred())
		if a.Status == http.StatusOK {
			return succeeded
		}
		m.Expect(a.Status).To(Equal(http.StatusAccepted), a.String())
		state := m.poll(id, a.Word("operation"))
		heard[state] = true
		return state
	}).WithTimeout(2 * patience).WithPolling(200 * time.Millisecond).Should(Equal(succeeded))
	m.Expect(heard).To(HaveKey(failed))
	m.Expect(m.executions("", "install")).To(HaveLen(2))
	m.deprovision(id)
}

// An install fails under service-catalog, which polls with the operation, cleans up at once, and orders anew under the same ID
// when somebody has edited the instance.
func tellServiceCatalogOfAFailure(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id, order := m.id("shop"), m.order("free", nil)
	m.manager.FailWorkflow("install", "no quota left in region east", 1)
	ordered := m.put(http.StatusAccepted, id, order).Word("operation")
	m.Expect(m.await(id, ordered, failed).Word("description")).To(ContainSubstring("no quota left in region east"))
	removed := m.remove(http.StatusAccepted, id).Word("operation")
	m.await(id, removed, succeeded)
	m.Expect(m.manager.Deployments()).To(BeEmpty())
	m.remove(http.StatusGone, id)

	order["parameters"] = object{"port": 9090}
	m.await(id, m.put(http.StatusAccepted, id, order).Word("operation"), succeeded)
	m.Expect(m.remote(id).Inputs).To(HaveKeyWithValue("port", BeNumerically("==", 9090)))
	m.deprovision(id)
}

// An install fails under Cloud Controller, which keeps the instance until its user deletes it and orders another.
func tellCloudControllerOfAFailure(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id, order := m.id("shop"), m.order("small", nil)
	m.manager.FailWorkflow("install", "no quota left in region east", 1)
	ordered := m.put(http.StatusAccepted, id, order).Word("operation")
	m.await(id, ordered, failed)
	why := HaveKeyWithValue("description", ContainSubstring("no quota left in region east"))
	m.Expect(m.patch(http.StatusUnprocessableEntity, id, object{"plan_id": m.Name + "-large"}).Body).To(why)
	m.Expect(m.bind(http.StatusUnprocessableEntity, id, "app").Body).To(why)
	m.Expect(m.poll(id, ordered)).To(Equal(failed))
	m.Expect(m.executions("", "install")).To(HaveLen(1), "nobody asked for another attempt")

	another := m.id("another")
	removed := m.remove(http.StatusAccepted, id).Word("operation")
	m.provision(another, "small", nil)
	m.await(id, removed, succeeded)
	m.deprovision(another)
	m.Expect(m.manager.Deployments()).To(BeEmpty())
}

// Of 64 requests for the same, none knows of the others.
func tellSameAtOnce(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id := m.id("shop")
	order := m.order("small", object{"password": m.HiddenInput, "install_seconds": int(forever.Seconds())})
	tokens := map[string]bool{}
	for _, a := range m.atOnce(64, func(int) (answer, error) { return m.ask(http.MethodPut, m.path(id)+"?accepts_incomplete=true", order) }) {
		m.Expect(a.Status).To(Equal(http.StatusAccepted), a.String())
		tokens[a.Word("operation")] = true
	}
	m.Expect(tokens).To(HaveLen(1))
	d, err := m.instance(id)
	m.Expect(err).NotTo(HaveOccurred())
	m.Expect(m.secretData(d.Spec.OSB.ParametersSecret)).To(ContainElement(ContainSubstring(m.HiddenInput)))
	m.Expect(m.secretsOf(d)).To(Equal(1))
	m.awaitWorkflow("install")
	m.manager.Step(forever)
	m.await(id, "", succeeded)
	m.Expect(m.executions("", "install")).To(HaveLen(1))
	m.deprovision(id)
}

// Of requests that differ one wins, and the others get a conflict.
func tellDifferentAtOnce(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id := m.id("shop")
	orders := make([]object, 16)
	for i := range orders {
		orders[i] = m.order("free", object{"port": 9000 + i, "install_seconds": int(forever.Seconds())})
	}
	answers := m.atOnce(len(orders), func(i int) (answer, error) {
		return m.ask(http.MethodPut, m.path(id)+"?accepts_incomplete=true", orders[i])
	})
	winner := -1
	for i, a := range answers {
		m.Expect(a.Status).To(BeElementOf(http.StatusAccepted, http.StatusConflict), a.String())
		if a.Status == http.StatusAccepted {
			m.Expect(winner).To(Equal(-1), "more than one won")
			winner = i
		}
	}
	m.Expect(winner).To(BeNumerically(">=", 0))
	m.awaitWorkflow("install")
	m.manager.Step(forever)
	m.await(id, answers[winner].Word("operation"), succeeded)
	m.Expect(m.remote(id).Inputs).To(HaveKeyWithValue("port", BeNumerically("==", 9000+winner)))
	m.deprovision(id)
}

// secretData is what a Secret of the namespace of instances has.
func (m *market) secretData(name string) map[string][]byte {
	m.t.Helper()
	secret := &corev1.Secret{}
	m.Expect(env.Client.Get(m.t.Context(), client.ObjectKey{Namespace: services, Name: name}, secret)).To(Succeed())
	return secret.Data
}

// secretsOf is how many Secrets an instance owns.
func (m *market) secretsOf(d *v1alpha1.CloudifyDeployment) int {
	m.t.Helper()
	var list corev1.SecretList
	m.Expect(env.Client.List(m.t.Context(), &list, client.InNamespace(services))).To(Succeed())
	count := 0
	for _, secret := range list.Items {
		for _, owner := range secret.OwnerReferences {
			if owner.UID == d.UID {
				count++
			}
		}
	}
	return count
}
