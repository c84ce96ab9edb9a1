// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// What was not answered in time is noted, if it must not happen twice, and forgotten once it is too late for it.
func TestUnanswered(t *testing.T) {
	gateway := func(op string, status int) error { return &cloudify.Error{Op: op, StatusCode: status} }
	for _, row := range []struct {
		name  string
		step  step
		err   error
		noted bool
	}{
		{"a start that a gateway gave up", stepInstall, gateway("POST executions", 504), true},
		{"an update that a gateway gave up", stepUpdate, gateway("POST deployment-updates", 504), true},
		{"a start that was refused", stepInstall, gateway("POST executions", 400), false},
		{"a start that never got through", stepInstall, gateway("POST executions", 502), false},
		{"a cancel, which does no harm twice", stepCancel, gateway("POST executions", 504), false},
		{"a read", stepInstall, gateway("GET executions", 504), false},
		{"nothing", stepInstall, nil, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar()
			s.decision.step = row.step
			s.unanswered(row.err, began)
			if !row.noted {
				g.Expect(s.deployment.Status.Unanswered).To(BeNil())
				return
			}
			g.Expect(s.deployment.Status.Unanswered).To(HaveField("Step", string(row.step)))
			s.before = s.deployment.DeepCopy()
			g.Expect(s.arrivalTime(time.Minute, began.Add(20*time.Second))).To(Equal(40 * time.Second))
			g.Expect(s.arrivalTime(time.Minute, began.Add(2*time.Minute))).To(BeNumerically("<=", 0))
		})
	}
	NewWithT(t).Expect(cellar().arrivalTime(time.Minute, began)).To(BeZero())
}

// A create, be it a late request of an earlier leader, may reach the Manager between the two reads: the deployment is there, its
// inputs are not yet, and the list of executions was read before it began.
func TestWhatBeganBetweenTwoReadsIsLookedForAgain(t *testing.T) {
	create := `{"id": "c", "workflow_id": "create_deployment_environment", "deployment_id": "k8s-5c9ee825", "status": "pending"}`
	for _, row := range []struct {
		name       string
		deployment string   // what it names
		lists      []string // of executions, one after the other; the last stays
		listed     bool     // whether the Manager has the execution at all
		kind       outcome.Kind
		executions int
	}{
		{"its creation, seen at once", `"create_execution": "c", "latest_execution": "c"`, []string{create}, true, outcome.Done, 1},
		{"its creation", `"create_execution": "c", "latest_execution": "c"`, []string{"", create}, true, outcome.Done, 1},
		{"its creation, where releases do not name it", `"display_name": "cellar"`, []string{"", create}, true, outcome.Done, 1},
		{"one that stays out of the list", `"create_execution": "c", "latest_execution": "c"`, []string{""}, true, outcome.Waiting, 0},
		{"one that was cleared away", `"create_execution": "c", "latest_execution": "c"`, []string{""}, false, outcome.Done, 0},
		{"none, all were cleared away", `"create_execution": null, "latest_execution": null`, []string{""}, false, outcome.Done, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, lists := NewWithT(t), 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				switch path := strings.TrimPrefix(asked.URL.Path, "/api/v3.1/"); {
				case path == "version":
					_, _ = io.WriteString(w, `{"edition": "community", "version": "7.1.0"}`)
				case path == "executions":
					list := row.lists[min(lists, len(row.lists)-1)]
					lists++
					_, _ = fmt.Fprintf(w, `{"items": [%s]}`, list)
				case path == "executions/c" && row.listed:
					_, _ = io.WriteString(w, create)
				case path == "deployments/k8s-5c9ee825":
					_, _ = fmt.Fprintf(w, `{"id": "k8s-5c9ee825", "blueprint_id": "nodecellar-1", "inputs": null, %s}`, row.deployment)
				default:
					w.WriteHeader(http.StatusNotFound)
					_, _ = io.WriteString(w, code("not_found_error"))
				}
			}))
			t.Cleanup(server.Close)
			remote, err := cloudify.New(cloudify.Config{Endpoint: server.URL, Tenant: "default_tenant", Token: "t"})
			g.Expect(err).NotTo(HaveOccurred())
			_, err = remote.GetVersion(t.Context())
			g.Expect(err).NotTo(HaveOccurred())

			r, s := newReconciler(t), cellar()
			s.history.remote, s.history.executions = nil, nil
			s.conn, s.history.release = r.Pool.Open("default", remote), remote.Release()
			s.visit = r.Pool.Visit(controllerName, s.key)
			err = r.observe(t.Context(), s)
			g.Expect(outcome.Classify(err).Kind).To(Equal(row.kind))
			if row.kind == outcome.Waiting {
				g.Expect(err).To(ends(outcome.Waiting, "Creating", "not listed yet"), "it is the operator's own")
			}
			g.Expect(s.history.executions).To(HaveLen(row.executions))
			if row.executions > 0 {
				g.Expect(nextStep(&s.facts).step).To(Equal(stepWait), "and nothing is started beside it")
			}
		})
	}
}
