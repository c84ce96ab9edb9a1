// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// States of an operation.
const (
	inProgress = "in progress"
	succeeded  = "succeeded"
	failed     = "failed"
)

// object is one of JSON.
type object = map[string]any

// market is a story whose blueprint is offered to a platform, as the service of the story's name with the plans small, large
// and free. Its instances have IDs that begin with that name.
type market struct {
	*story
	platform
}

// newMarket starts a Manager and waits until the platform sees the offering.
func newMarket(t *testing.T, b *broker) *market {
	t.Helper()
	m := newStall(t, b)
	m.create(m.render(filepath.Join("testdata", "market.yaml")))
	m.Eventually(m.catalog).Should(HaveKey(m.Name))
	return m
}

// newStall is a market that offers nothing yet.
func newStall(t *testing.T, b *broker) *market {
	t.Helper()
	m := &market{story: newStory(t, b.operator), platform: b.platform}
	t.Cleanup(func() {
		var left v1alpha1.CloudifyDeploymentList
		if err := env.Client.List(context.Background(), &left, client.InNamespace(services)); err != nil {
			t.Error(err)
		}
		for _, d := range left.Items {
			if strings.HasPrefix(d.Name, m.Name) {
				release([]client.Object{&d})
			}
		}
	})
	return m
}

// at is the same market, seen by a platform that asks another replica.
func (m *market) at(b *broker) *market { return &market{story: m.story, platform: b.platform} }

// wants sends a request and expects a status.
func (m *market) wants(status int, method, path string, body any) answer {
	m.t.Helper()
	a, err := m.ask(method, path, body)
	m.Expect(err).NotTo(HaveOccurred())
	m.Expect(a.Status).To(Equal(status), "%s %s answered %s", method, path, a)
	return a
}

// catalog is the plans of the services that the platform sees, by the service's ID.
func (m *market) catalog() (map[string][]any, error) {
	a, err := m.ask(http.MethodGet, "catalog", nil)
	found := map[string][]any{}
	listed, _ := a.Body["services"].([]any)
	for _, s := range listed {
		plans, _ := s.(object)["plans"].([]any)
		found[s.(object)["id"].(string)] = plans
	}
	return found, err
}

// id of an instance of this story.
func (m *market) id(name string) string { return m.Name + "-" + name }

func (m *market) path(id string) string { return "service_instances/" + id }

// order is the body of a request for a plan; parameters may be nil.
func (m *market) order(plan string, parameters object) object {
	body := object{"service_id": m.Name, "plan_id": m.Name + "-" + plan, "organization_guid": "org", "space_guid": "space"}
	if parameters != nil {
		body["parameters"] = parameters
	}
	return body
}

func (m *market) put(status int, id string, body object) answer {
	m.t.Helper()
	return m.wants(status, http.MethodPut, m.path(id)+"?accepts_incomplete=true", body)
}

func (m *market) patch(status int, id string, body object) answer {
	m.t.Helper()
	if _, given := body["service_id"]; !given {
		body["service_id"] = m.Name
	}
	return m.wants(status, http.MethodPatch, m.path(id)+"?accepts_incomplete=true", body)
}

func (m *market) remove(status int, id string) answer {
	m.t.Helper()
	return m.wants(status, http.MethodDelete, m.removal(id), nil)
}

func (m *market) removal(id string) string {
	return m.path(id) + "?accepts_incomplete=true&service_id=" + m.Name + "&plan_id=" + m.Name + "-free"
}

func (m *market) get(status int, id string) answer {
	m.t.Helper()
	return m.wants(status, http.MethodGet, m.path(id), nil)
}

func (m *market) bind(status int, id, binding string) answer {
	m.t.Helper()
	return m.wants(status, http.MethodPut, m.path(id)+"/service_bindings/"+binding, object{"service_id": m.Name, "plan_id": m.Name + "-free"})
}

func (m *market) unbind(status int, id, binding string) {
	m.t.Helper()
	m.wants(status, http.MethodDelete, m.path(id)+"/service_bindings/"+binding+"?service_id="+m.Name+"&plan_id="+m.Name+"-free", nil)
}

// polling is the path to poll an operation at; empty: whatever was last.
func (m *market) polling(id, operation string) string {
	path := m.path(id) + "/last_operation"
	if operation != "" {
		path += "?operation=" + operation
	}
	return path
}

// poll asks once how far an operation is.
func (m *market) poll(id, operation string) string {
	m.t.Helper()
	return m.wants(http.StatusOK, http.MethodGet, m.polling(id, operation), nil).Word("state")
}

// await polls until an operation is over, and wants it to end in a state.
func (m *market) await(id, operation, state string) (last answer) {
	m.t.Helper()
	m.Eventually(func() (string, error) {
		a, err := m.ask(http.MethodGet, m.polling(id, operation), nil)
		last = a
		return a.Word("state"), err
	}).Should(BeElementOf(succeeded, failed), func() string { return "It should be over: " + last.String() })
	m.Expect(last.Word("state")).To(Equal(state), last.String())
	return last
}

// again sends a request whose operation failed until it is started once more, and returns the new operation.
func (m *market) again(failed string, ask func() answer) (operation string) {
	m.t.Helper()
	m.Eventually(func() string {
		operation = ask().Word("operation")
		return operation
	}).WithPolling(time.Second).ShouldNot(Equal(failed))
	return operation
}

// hasten is await while the Manager's clock runs ahead, so that nothing takes long there.
func (m *market) hasten(id, operation string) {
	m.t.Helper()
	m.Eventually(func() string {
		m.manager.Step(forever)
		return m.poll(id, operation)
	}).Should(Equal(succeeded))
}

// provision orders an instance and waits for it; it returns the operation.
func (m *market) provision(id, plan string, parameters object) string {
	m.t.Helper()
	operation := m.put(http.StatusAccepted, id, m.order(plan, parameters)).Word("operation")
	m.await(id, operation, succeeded)
	return operation
}

// update asks for a change and waits for it.
func (m *market) update(id string, body object) {
	m.t.Helper()
	m.await(id, m.patch(http.StatusAccepted, id, body).Word("operation"), succeeded)
}

// deprovision has an instance deleted and waits for it.
func (m *market) deprovision(id string) {
	m.t.Helper()
	m.await(id, m.remove(http.StatusAccepted, id).Word("operation"), succeeded)
}

// url is what a fresh binding says of where the shop is.
func (m *market) url(id string) any {
	m.t.Helper()
	credentials, _ := m.bind(http.StatusCreated, id, "url").Body["credentials"].(object)
	m.unbind(http.StatusOK, id, "url")
	return credentials["url"]
}

// instance is the object of an instance.
func (m *market) instance(id string) (*v1alpha1.CloudifyDeployment, error) {
	d := &v1alpha1.CloudifyDeployment{}
	return d, env.Client.Get(m.t.Context(), client.ObjectKey{Namespace: services, Name: id}, d)
}

// remote is what the Manager has for an instance.
func (m *market) remote(id string) simulator.Deployment {
	m.t.Helper()
	d, err := m.instance(id)
	m.Expect(err).NotTo(HaveOccurred())
	remote, found := m.manager.Deployment(d.Status.DeploymentID)
	m.Expect(found).To(BeTrue(), "%s is not at the Manager", d.Status.DeploymentID)
	return remote
}

// awaitWorkflow waits until an execution of a workflow runs at the Manager.
func (m *market) awaitWorkflow(workflow string) {
	m.t.Helper()
	m.Eventually(func() bool {
		for _, e := range m.executions("", workflow) {
			if e.Active() {
				return true
			}
		}
		return false
	}).Should(BeTrue(), "%s should run", workflow)
}
