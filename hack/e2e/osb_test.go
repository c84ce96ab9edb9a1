// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// Stories of platforms that share one operator.
func TestPlatforms(t *testing.T) {
	b := startBroker(t)
	t.Run("stories", func(t *testing.T) {
		for name, tell := range map[string]func(*testing.T, *broker){
			"discovered services are ordered":    tellDiscovered,
			"last operation":                     tellLastOperation,
			"Manager away":                       tellManagerAway,
			"failed install":                     tellFailedInstall,
			"failed updates":                     tellFailedUpdates,
			"updates":                            tellUpdates,
			"service-catalog repeats itself":     tellServiceCatalog,
			"service-catalog cleans up":          tellServiceCatalogOfAFailure,
			"Cloud Controller keeps what failed": tellCloudControllerOfAFailure,
			"Korifi puts until it is ready":      tellKorifi,
			"Korifi hears of a failure":          tellKorifiOfAFailure,
			"same requests at once":              tellSameAtOnce,
			"different requests at once":         tellDifferentAtOnce,
			"kubectl edits":                      tellEdited,
			"kubectl deletes":                    tellDeleted,
			"kubectl retries":                    tellRetried,
			"sensitive parameters":               tellSensitive,
			"deprovision in the middle of a run": tellDeprovisionedEarly,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				tell(t, b)
			})
		}
	})
}

// The story of the first broker: what the Manager has is in the catalog, is ordered with plan default, bound and given back.
// Who comes with kubectl sees the same.
func tellDiscovered(t *testing.T, b *broker) {
	m, k := newStall(t, b), newKubectl(t)
	archive := simulator.Zip(map[string]string{"blueprint.yaml": read(t, "testdata/shop-blueprint.yaml")})
	blueprints := []string{"drupal", "mariadb", "nodecellar"}
	for _, id := range blueprints {
		m.Expect(m.manager.AddBlueprint(id, archive, "")).To(Succeed())
	}
	everybody := &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll}
	m.Expect(env.Client.Create(t.Context(), testenv.Manager(m.Name, m.Endpoint, func(c *v1alpha1.CloudifyManager) {
		c.Spec.Discovery = &v1alpha1.ManagerDiscovery{Namespace: m.Name, AllowedNamespaces: everybody, Offered: new(true)}
	}))).To(Succeed())
	t.Cleanup(func() {
		for _, name := range blueprints {
			release([]testenv.Object{testenv.Blueprint(m.Name, name)})
		}
	})

	services := map[string]object{}
	m.Eventually(func() (map[string]object, error) {
		a, err := m.ask(http.MethodGet, "catalog", nil)
		listed, _ := a.Body["services"].([]any)
		for _, s := range listed {
			services[s.(object)["name"].(string)] = s.(object)
		}
		return services, err
	}).Should(And(HaveKey("drupal"), HaveKey("mariadb"), HaveKey("nodecellar")))
	cellar := services["nodecellar"]
	plan := cellar["plans"].([]any)[0].(object)
	m.Expect(plan["name"]).To(Equal("default"))

	id := m.id("cellar")
	order := object{"service_id": cellar["id"], "plan_id": plan["id"], "organization_guid": "org", "space_guid": "space"}
	ids := "service_id=" + cellar["id"].(string) + "&plan_id=" + plan["id"].(string)
	m.await(id, m.put(http.StatusAccepted, id, order).Word("operation"), succeeded)
	m.Expect(m.remote(id)).To(And(HaveField("BlueprintID", "nodecellar"), HaveField("Installed()", true)))
	binding := m.path(id) + "/service_bindings/web"
	bound := m.wants(http.StatusCreated, http.MethodPut, binding, object{"service_id": cellar["id"], "plan_id": plan["id"]})
	m.Expect(bound.Body["credentials"]).To(HaveKeyWithValue("url", "http://shop.example.com:80"))
	m.Expect(k.run("get", "cloudifyblueprints", "--namespace", m.Name)).To(And(
		ContainSubstring("drupal"), ContainSubstring("mariadb"), ContainSubstring("nodecellar")))
	k.run("wait", "--namespace", "cloudify-services", "--for=condition=Ready", "--timeout=60s", "cloudifydeployment/"+id)
	m.Expect(k.run("get", "cloudifybindings", "--namespace", "cloudify-services")).To(ContainSubstring(id))

	m.wants(http.StatusOK, http.MethodDelete, binding+"?"+ids, nil)
	gone := m.wants(http.StatusAccepted, http.MethodDelete, m.path(id)+"?accepts_incomplete=true&"+ids, nil)
	m.await(id, gone.Word("operation"), succeeded)
	m.Expect(k.run("get", "cloudifydeployments", "--namespace", "cloudify-services", "--output", "name")).NotTo(ContainSubstring(id))
	m.Expect(k.run("get", "cloudifybindings", "--namespace", "cloudify-services")).NotTo(ContainSubstring(id))
	m.Expect(m.manager.Deployments()).To(BeEmpty())
	m.Expect(m.manager.Blueprints()).To(HaveLen(3), "what was found at the Manager should stay there")
}

// However often a platform polls, and whatever it still knows about the operation, the answers are true.
func tellLastOperation(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id := m.id("shop")
	m.wants(http.StatusNotFound, http.MethodGet, m.polling(id, ""), nil)
	provisioned := m.provision(id, "small", nil)
	for range 10 {
		for _, operation := range []string{provisioned, "provision", ""} {
			m.Expect(m.poll(id, operation)).To(Equal(succeeded))
		}
	}

	deprovisioned := m.remove(http.StatusAccepted, id).Word("operation")
	m.await(id, deprovisioned, succeeded)
	for range 10 {
		for _, operation := range []string{deprovisioned, "deprovision", ""} {
			m.Expect(m.poll(id, operation)).To(Equal(succeeded))
		}
	}
	m.Expect(m.poll(id, provisioned)).To(Equal(failed))
	m.remove(http.StatusGone, id)
	m.get(http.StatusNotFound, id)
	m.wants(http.StatusNotFound, http.MethodGet, m.polling(m.id("never"), ""), nil)

	again := m.provision(id, "small", nil)
	m.Expect(again).NotTo(Equal(provisioned))
	m.Expect(m.poll(id, deprovisioned)).To(Equal(succeeded), "the one that was deleted is gone, whoever came after it")
	m.deprovision(id)
}

// While the Manager is away, what there is can be seen and bound, and what is ordered comes when it is back.
func tellManagerAway(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id, later, former := m.id("shop"), m.id("later"), m.id("former")
	m.provision(id, "small", nil)
	m.provision(former, "small", nil)
	m.bind(http.StatusCreated, id, "before")

	m.manager.SetDown(simulator.DownRefused)
	ordered := m.put(http.StatusAccepted, later, m.order("free", object{"port": 9000})).Word("operation")
	removed := m.remove(http.StatusAccepted, former).Word("operation")
	m.Eventually(func() (metav1.ConditionStatus, error) {
		d, err := m.instance(later)
		return testenv.Condition(d, v1alpha1.ReadyCondition).Status, err
	}).Should(Equal(metav1.ConditionUnknown))
	m.Expect(m.catalog()).To(HaveKey(m.Name))
	m.Expect(m.get(http.StatusOK, id).Word("plan_id")).To(Equal(m.Name + "-small"))
	m.Expect(m.bind(http.StatusCreated, id, "meanwhile").Body["credentials"]).To(HaveKeyWithValue("url", "http://shop.example.com:8081"))
	m.Expect(m.bind(http.StatusOK, id, "before").Body).To(HaveKey("credentials"))
	m.wants(http.StatusOK, http.MethodGet, m.path(id)+"/service_bindings/before", nil)
	m.unbind(http.StatusOK, id, "before")
	m.Expect(m.poll(later, ordered)).To(Equal(inProgress))
	m.Expect(m.poll(former, removed)).To(Equal(inProgress))

	m.manager.SetDown(simulator.Up)
	m.await(later, ordered, succeeded)
	m.await(former, removed, succeeded)
	m.Expect(m.url(later)).To(Equal("http://shop.example.com:9000"))
	m.deprovision(id)
	m.deprovision(later)
	m.Expect(m.manager.Deployments()).To(BeEmpty())
}

// A deprovision stops an install that goes on.
func tellDeprovisionedEarly(t *testing.T, b *broker) {
	m := newMarket(t, b)
	id := m.id("shop")
	ordered := m.put(http.StatusAccepted, id, m.order("free", object{"install_seconds": int(forever.Seconds())})).Word("operation")
	m.awaitWorkflow("install")
	removed := m.remove(http.StatusAccepted, id).Word("operation")
	m.await(id, ordered, failed)
	m.manager.Step(forever)
	m.await(id, removed, succeeded)
	m.Expect(m.manager.Deployments()).To(BeEmpty())
	m.put(http.StatusAccepted, id, m.order("free", nil))
	m.await(id, "", succeeded)
	m.deprovision(id)
}
