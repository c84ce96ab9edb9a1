// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// Requests of others in the very moment of the operator's own, when neither has seen the other.

// rival sends a request to the Manager as somebody else, and waits until it has arrived there. Its answer is read later.
func (s *story) rival(method, path string, body []byte) (status <-chan int) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.sim.URL+"/api/v3.1/"+path, bytes.NewReader(body))
	s.Expect(err).NotTo(HaveOccurred())
	request.SetBasicAuth("admin", password)
	request.Header.Set("Tenant", "default_tenant")
	request.Header.Set("Content-Type", "application/json")
	before, answered := s.sim.RequestCount(""), make(chan int, 1)
	go func() {
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			answered <- 0
			return
		}
		_ = answer.Body.Close()
		answered <- answer.StatusCode
	}()
	s.Eventually(func() int { return s.sim.RequestCount("") }).Should(BeNumerically(">", before))
	return answered
}

// arrives waits until requests to a route have arrived at the Manager, answered or not.
func (s *story) arrives(route string, requests int) {
	s.t.Helper()
	s.Eventually(func() int { return s.sim.RequestCount(route) }).Should(Equal(requests))
}

// install is a start of an install, by whoever the parameter names.
func install(t *testing.T, d *v1alpha1.CloudifyDeployment, by string) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]any{"deployment_id": remoteID(d), "workflow_id": "install", "allow_custom_parameters": true,
		"parameters": map[string]any{"cloudify_operator": by}})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// Of installs that are requested in one moment the Manager accepts two. The operator waits for somebody else's.
func TestTwoInstallsAreAccepted(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.sim.Race("POST executions", 2)
	d := s.deployment("shop", nil)
	s.create(d)
	s.arrives("POST executions", 1)
	s.Expect(<-s.rival("POST", "executions", install(t, d, "somebody"))).To(Equal(http.StatusCreated))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveExactElements(HaveField("Status", "terminated"), HaveField("Status", "terminated")))
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(2))
	ready := func() (ready int) {
		for _, event := range env.Events(t, d) {
			if event.Reason == v1alpha1.ReasonReady {
				ready++
			}
		}
		return ready
	}
	s.Eventually(ready).Should(Equal(1))
	s.consistently(d, testenv.BeReady())
	s.Expect(ready()).To(Equal(1), "it is said once")
	s.Expect(s.sim.RequestCount("POST executions")).To(Equal(2))
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// Of two executions of its own the operator stops the later: a process that no longer leads may have left one.
func TestTwoInstallsOfOursAreAccepted(t *testing.T) {
	s := tell(t)
	s.blueprint()
	s.sim.Race("POST executions", 2)
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.arrives("POST executions", 1)
	s.Expect(<-s.rival("POST", "executions", install(t, d, string(d.UID)+"/1/"))).To(Equal(http.StatusCreated))
	s.Eventually(func() []simulator.Execution { return s.executions(d, "install") }).Should(
		HaveExactElements(HaveField("Status", "started"), HaveField("Status", "cancelled")))
	s.afterForever()
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveExactElements(HaveField("Status", "terminated"), HaveField("Status", "cancelled")))
	s.Expect(d.Status.Execution.Status).To(Equal("terminated"))
	s.consistently(d, testenv.BeReady())
}

// An upload that comes too late is answered that the blueprint exists, or with an internal error; either way it exists.
func TestUploadLosesARace(t *testing.T) {
	t.Parallel()
	for name, race := range map[string]func(s *story, b *v1alpha1.CloudifyBlueprint, archive []byte){
		"and breaks": func(s *story, b *v1alpha1.CloudifyBlueprint, archive []byte) {
			s.sim.Race("PUT blueprints", 2)
			rival := s.rival("PUT", "blueprints/"+b.Status.BlueprintID+"?async_upload=true", archive)
			s.sim.RemoveBlueprint(b.Status.BlueprintID)
			s.ask(b)
			s.Expect(<-rival).To(Equal(http.StatusCreated))
			s.Eventually(func() []simulator.Request { return s.sim.Requests() }).Should(
				ContainElement(And(HaveField("Route", "PUT blueprints/{id}"), HaveField("Status", http.StatusInternalServerError))))
		},
		"and is refused": func(s *story, b *v1alpha1.CloudifyBlueprint, archive []byte) {
			end := s.sim.Delay("PUT blueprints", 3*time.Second)
			defer end()
			before := s.sim.RequestCount("PUT blueprints")
			s.sim.RemoveBlueprint(b.Status.BlueprintID)
			s.ask(b)
			s.arrives("PUT blueprints", before+1)
			s.Expect(s.sim.AddBlueprint(b.Status.BlueprintID, archive, "blueprint.yaml")).To(Succeed())
			s.Eventually(func() []simulator.Request { return s.sim.Requests() }).Should(
				ContainElement(And(HaveField("Route", "PUT blueprints/{id}"), HaveField("Status", http.StatusConflict))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			b := s.blueprint()
			race(s, b, simulator.Zip(s.cellar()))
			s.eventually(b, And(testenv.BeReady(), HaveField("Status.LastHandledRequest", v1alpha1.RequestedAt(b))))
			s.Expect(s.sim.Blueprints()).To(HaveExactElements(And(HaveField("ID", b.Status.BlueprintID), HaveField("State", "uploaded"))))
			s.installed("shop")
		})
	}
}

// Of deletes that are requested in one moment the Manager accepts two, or only the first; the deployment is gone either way.
func TestDeleteLosesARace(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		looks []int
		ours  int
	}{
		"and is accepted": {[]int{2}, http.StatusNoContent},
		"and is refused":  {[]int{2, 1}, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			s.blueprint()
			d := s.installed("shop")
			s.sim.Race("DELETE deployments", row.looks...)
			rival := s.rival("DELETE", "deployments/"+remoteID(d)+"?force=true", nil)
			s.delete(d)
			s.Expect(<-rival).To(Equal(http.StatusNoContent))
			s.gone(d)
			s.Expect(s.sim.Deployments()).To(BeEmpty())
			var ours []int
			for _, r := range s.sim.Requests() {
				if r.Route == "DELETE deployments/{id}" {
					ours = append(ours, r.Status)
				}
			}
			s.Expect(ours).To(HaveExactElements(http.StatusNoContent, row.ours), "the operator does not ask again")
		})
	}
}
