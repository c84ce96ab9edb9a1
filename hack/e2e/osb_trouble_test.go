// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// The operator is killed after each request of a platform and in the middle of what follows, and never says anything wrong.
func TestKilledUnderAPlatform(t *testing.T) {
	b := startBroker(t)
	m := newMarket(t, b)
	id := m.id("shop")
	killed := func(operation string, meanwhile func()) {
		t.Helper()
		b.kill(meanwhile)
		m.Eventually(func() (string, error) {
			a, err := m.ask(http.MethodGet, m.polling(id, operation), nil)
			return a.Word("state"), err
		}).Should(BeElementOf(inProgress, succeeded))
	}
	order := m.order("free", object{"install_seconds": int(forever.Seconds()), "uninstall_seconds": int(forever.Seconds())})

	ordered := m.put(http.StatusAccepted, id, order).Word("operation")
	killed(ordered, nil)
	m.awaitWorkflow("install")
	killed(ordered, nil)
	m.Expect(m.poll(id, ordered)).To(Equal(inProgress))
	m.Expect(m.put(http.StatusAccepted, id, order).Word("operation")).To(Equal(ordered))
	killed(ordered, func() { m.manager.Step(forever) })
	m.await(id, ordered, succeeded)
	m.Expect(m.starts()).To(Equal(1), "the install was to be started once")
	m.put(http.StatusOK, id, order)

	changed := m.patch(http.StatusAccepted, id, object{"parameters": object{"port": 9000}}).Word("operation")
	killed(changed, nil)
	m.Eventually(func() bool { return len(m.executions("", "update")) > 0 }).Should(BeTrue())
	killed(changed, func() { m.manager.Step(forever) }) // what was stopped there starts
	m.hasten(id, changed)
	m.Expect(m.url(id)).To(Equal("http://shop.example.com:9000"))
	m.Expect(m.executions("", "update")).To(HaveLen(1))

	removed := m.remove(http.StatusAccepted, id).Word("operation")
	killed(removed, nil)
	m.awaitWorkflow("uninstall")
	killed(removed, nil)
	m.Expect(m.poll(id, removed)).To(Equal(inProgress))
	killed(removed, func() { m.manager.Step(forever) })
	m.await(id, removed, succeeded)
	b.kill(nil)
	m.await(id, removed, succeeded)
	m.wants(http.StatusNotFound, http.MethodGet, m.polling(id, ""), nil)
	m.remove(http.StatusGone, id)
	m.Expect(m.manager.Deployments()).To(BeEmpty())
	m.Expect(m.starts()).To(Equal(2), "one install and one uninstall were to be started")
}

// The API server is away: nothing is promised, nothing is made, and the next try works. Where only its answer is lost, the
// platform takes back what it does not know of, and orders the same again.
func TestAPIServerAwayUnderAPlatform(t *testing.T) {
	door, kubeconfig := newAPIDoor(t, install(t).user)
	b := startBrokerWith(t, kubeconfig)
	m := newMarket(t, b)
	id, other := m.id("shop"), m.id("other")
	operation := m.provision(id, "small", nil)

	door.set(apiShut)
	m.Expect(m.poll(id, operation)).To(Equal(succeeded), "that never changes back")
	requests := []struct {
		method, path string
		body         any
	}{
		{http.MethodPut, m.path(other) + "?accepts_incomplete=true", m.order("small", nil)},
		{http.MethodPut, m.path(id) + "?accepts_incomplete=true", m.order("small", nil)},
		{http.MethodPatch, m.path(id) + "?accepts_incomplete=true", object{"service_id": m.Name, "plan_id": m.Name + "-large"}},
		{http.MethodDelete, m.removal(id), nil},
		{http.MethodGet, m.path(id), nil},
		{http.MethodGet, m.polling(other, ""), nil},
		{http.MethodPut, m.path(id) + "/service_bindings/web", object{"service_id": m.Name, "plan_id": m.Name + "-small"}},
	}
	// Each read is tried for ten seconds.
	for i, a := range m.atOnce(len(requests), func(i int) (answer, error) { return m.ask(requests[i].method, requests[i].path, requests[i].body) }) {
		m.Expect(a.Status).To(Equal(http.StatusServiceUnavailable), "%s %s answered %s", requests[i].method, requests[i].path, a)
		m.Expect(a.Header.Get("Retry-After")).NotTo(BeEmpty())
	}
	m.Expect(m.catalog()).To(HaveKey(m.Name))
	_, err := m.instance(other)
	m.Expect(apierrors.IsNotFound(err)).To(BeTrue())
	d, err := m.instance(id)
	m.Expect(err).NotTo(HaveOccurred())
	m.Expect(d.Spec.Plan).To(Equal("small"))
	m.Expect(d.DeletionTimestamp).To(BeNil())

	door.set(apiOpen)
	m.Eventually(b.ready).Should(Succeed())
	m.provision(other, "small", nil)
	m.update(id, object{"plan_id": m.Name + "-large"})
	m.Expect(m.url(id)).To(Equal("http://shop.example.com:8082"))
	m.deprovision(other)

	lost, order := m.id("lost"), m.order("small", nil)
	door.set(apiMute)
	answers := make(chan answer, 1)
	go func() {
		a, err := m.ask(http.MethodPut, m.path(lost)+"?accepts_incomplete=true", order)
		if err != nil {
			t.Error(err)
		}
		answers <- a
	}()
	m.Eventually(func() error { _, err := m.instance(lost); return err }).Should(Succeed())
	door.set(apiShut)
	m.Eventually(answers).Should(Receive(HaveField("Status", http.StatusServiceUnavailable)))
	door.set(apiOpen)
	m.Eventually(func() (answer, error) { return m.ask(http.MethodDelete, m.removal(lost), nil) }).Should(HaveField("Status", http.StatusAccepted))
	m.await(lost, "", succeeded)
	m.provision(lost, "small", nil)
	m.Eventually(m.cloudifyManager).Should(testenv.BeReady())
	m.deprovision(lost)
	m.deprovision(id)
	m.Expect(m.manager.Deployments()).To(BeEmpty())
}

// Every replica gives a platform the same answers, also while none leads.
func TestReplicasServePlatforms(t *testing.T) {
	leader := startBroker(t, "--leader-elect")
	second := startBroker(t, "--leader-elect")
	m := newMarket(t, leader)
	there := m.at(second)
	there.Eventually(there.catalog).Should(HaveKey(m.Name))
	id, later := m.id("shop"), m.id("later")

	ordered := m.put(http.StatusAccepted, id, m.order("free", object{"install_seconds": int(forever.Seconds())})).Word("operation")
	m.Expect(there.poll(id, ordered)).To(BeElementOf(inProgress))
	m.Expect(there.poll(id, "")).To(Equal(inProgress))
	m.awaitWorkflow("install")
	m.manager.Step(forever)
	there.await(id, ordered, succeeded)
	m.get(http.StatusOK, id)
	there.get(http.StatusOK, id)
	there.bind(http.StatusCreated, id, "web")
	m.wants(http.StatusOK, http.MethodGet, m.path(id)+"/service_bindings/web", nil)
	m.unbind(http.StatusOK, id, "web")
	changed := there.patch(http.StatusAccepted, id, object{"parameters": object{"port": 9000}}).Word("operation")
	m.Expect(m.poll(id, changed)).To(BeElementOf(inProgress, succeeded))
	m.hasten(id, changed)
	removed := there.remove(http.StatusAccepted, id).Word("operation")
	m.Expect(m.poll(id, removed)).To(BeElementOf(inProgress, succeeded))
	m.await(id, removed, succeeded)
	m.await(id, "", succeeded)
	there.await(id, removed, succeeded)
	again := m.put(http.StatusAccepted, later, m.order("free", object{"install_seconds": int(forever.Seconds())})).Word("operation")
	m.awaitWorkflow("install")

	m.Expect(leader.shutDown(syscall.SIGKILL)).NotTo(Succeed())
	there.Expect(there.poll(later, again)).To(Equal(inProgress))
	m.manager.Step(forever)
	orphan := m.id("orphan")
	meanwhile := there.put(http.StatusAccepted, orphan, m.order("small", nil)).Word("operation")
	there.Expect(there.poll(orphan, meanwhile)).To(Equal(inProgress))
	there.await(later, again, succeeded)
	there.await(orphan, meanwhile, succeeded)
	there.Expect(m.executions("", "install")).To(HaveLen(2))
	there.deprovision(later)
	there.deprovision(orphan)
	m.Expect(m.manager.Deployments()).To(BeEmpty())
}
