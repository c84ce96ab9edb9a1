// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

func TestWhatIsAsked(t *testing.T) {
	g := NewWithT(t)
	g.Expect(cellar().id).To(Equal("k8s-5c9ee825"))
	g.Expect(cellar().ask()).To(Equal("5c9ee825/3/"))
	g.Expect(cellar(requested).ask()).To(Equal("5c9ee825/3/now"))

	g.Expect(cellar().asked()).To(BeFalse())
	g.Expect(cellar(requested).asked()).To(BeTrue())
	g.Expect(cellar(requested, handled).asked()).To(BeFalse())
	s := cellar(requested)
	s.handle()
	g.Expect(s.deployment.Status.LastHandledRequest).To(Equal("now"))
	g.Expect(s.asked()).To(BeTrue(), "what this pass starts, it starts under the request")
}

// idOf tells executions apart in short.
func idOf(e *cloudify.Execution) string {
	if e == nil {
		return ""
	}
	return e.ID
}

func latest(id string) option { return func(s *scope) { s.history.remote.LatestExecution = id } }

func TestLatest(t *testing.T) {
	failed, installed := run(workflowInstall, "failed", ask), run(workflowInstall, "terminated", ask)
	unstarted := run("heal", "cancelled")
	unstarted.StartedAt = time.Time{}
	for _, row := range []struct {
		name  string
		scope *scope
		id    string
	}{
		{"none", cellar(created("active")), ""},
		{"not there", cellar(), ""},
		{"one that ended", cellar(created("active", installed, creation("terminated", nil))), "e2"},
		{"one that runs", cellar(created("active", run("heal", "started"), installed)), "e2"},
		{"one that runs behind one that was refused", cellar(created("active", refused("heal"), run("heal", "pending"), installed)), "e2"},
		{"one that was refused", cellar(created("active", refused("heal"), installed)), "e1"},
		{"the one the Manager names", cellar(created("active", failed, installed), latest("e1")), "e1"},
		{"one the Manager names that is not listed", cellar(created("active", failed, installed), latest("e0")), "e2"},
		{"one that runs, though the Manager names the one before", cellar(created("active", run("heal", "started"), installed), latest("e1")), "e2"},
		{"one that was cancelled before it began", cellar(created("active", unstarted, installed)), "e2"},
		{"only one that was refused", cellar(created("inactive", refused(workflowInstall))), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(idOf(row.scope.history.latest())).To(Equal(row.id))
		})
	}
}

func TestAsAsked(t *testing.T) {
	for _, row := range []struct {
		name       string
		scope      *scope
		id, failed string
	}{
		{"none", cellar(deployed("inactive")), "", ""},
		{"one that runs", cellar(created("inactive", run(workflowInstall, "started", ask))), "e1", ""},
		{"one that failed", cellar(created("inactive", run(workflowInstall, "failed", ask))), "e1", "e1"},
		{"one that was cancelled", cellar(created("inactive", run(workflowInstall, "cancelled", ask))), "e1", "e1"},
		{"one that ended well", cellar(created("inactive", run(workflowInstall, "terminated", ask))), "e1", ""},
		{"the newest counts", cellar(created("inactive", run(workflowInstall, "terminated", ask), run(workflowInstall, "failed", ask))), "e2", ""},
		{"one that was refused does not count", cellar(created("inactive", refused(workflowInstall, ask), run(workflowInstall, "failed", ask))), "e1", "e1"},
		{"another workflow", cellar(created("inactive", run(workflowUninstall, "failed", ask))), "", ""},
		{"somebody's", cellar(created("inactive", run(workflowInstall, "failed"))), "", ""},
		{"an older spec's", cellar(created("inactive", run(workflowInstall, "failed", earlier))), "", ""},
		{"another request's", cellar(created("inactive", run(workflowInstall, "failed", ask)), requested), "", ""},
		{"this request's", cellar(created("inactive", run(workflowInstall, "failed", ask+"now")), requested), "e1", "e1"},
		{"another object's", cellar(created("inactive", run(workflowInstall, "failed", "other/3/"))), "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(idOf(row.scope.history.asAsked(workflowInstall))).To(Equal(row.id))
			g.Expect(idOf(row.scope.history.failedAsAsked(workflowInstall))).To(Equal(row.failed))
		})
	}
}

func createdBy(id string) option { return func(s *scope) { s.history.remote.CreateExecution = id } }

func TestCreateFailed(t *testing.T) {
	given := map[string]any{"port": 8080}
	for _, row := range []struct {
		name    string
		scope   *scope
		failed  string
		asAsked bool
	}{
		{"created", cellar(created("active", creation("terminated", given))), "", false},
		{"being created", cellar(created("active", creation("started", given))), "", false},
		{"failed", cellar(created("active", creation("failed", given))), "e1", true},
		{"cancelled", cellar(created("active", creation("cancelled", given))), "e1", true},
		{"failed before, created since", cellar(created("active", creation("terminated", given), creation("failed", given))), "", false},
		{"the one the Manager names", cellar(created("active", creation("terminated", given), creation("failed", given)), createdBy("e1")), "e1", true},
		{"the one the Manager names is not listed", cellar(created("active", creation("failed", given)), createdBy("e0")), "", false},
		{"failed, with numbers written otherwise", cellar(created("active", creation("failed", map[string]any{"port": 8080.0}))), "e1", true},
		{"failed, with null where nothing is given", cellar(created("active", creation("failed", map[string]any{"port": 8080, "password": nil}))), "e1", true},
		{"failed, with other inputs", cellar(created("active", creation("failed", map[string]any{"port": 1}))), "e1", false},
		{"failed, without inputs", cellar(created("active", creation("failed", nil))), "e1", false},
		{"failed, asked again", cellar(created("active", creation("failed", given)), requested), "e1", false},
		{"failed, of another revision", cellar(created("active", creation("failed", given)), otherRevision), "e1", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			failed := row.scope.history.createFailed()
			g.Expect(idOf(failed)).To(Equal(row.failed))
			if failed != nil {
				g.Expect(row.scope.createdAsAsked(failed)).To(Equal(row.asAsked))
			}
		})
	}
}

func TestInstalled(t *testing.T) {
	install, uninstall := run(workflowInstall, "terminated"), run(workflowUninstall, "terminated")
	for _, row := range []struct {
		name      string
		scope     *scope
		installed bool
	}{
		{"never", cellar(deployed("inactive")), false},
		{"no nodes", cellar(deployed("active")), false},
		{"once", cellar(deployed("active", install)), true},
		{"once, and something is down", cellar(deployed("inactive", install)), false},
		{"and uninstalled", cellar(deployed("active", uninstall, install)), false},
		{"and uninstalled, and installed again", cellar(deployed("active", install, uninstall, install)), true},
		{"and an uninstall failed", cellar(deployed("active", run(workflowUninstall, "failed"), install)), true},
		{"and an uninstall was refused", cellar(deployed("active", refused(workflowUninstall), install)), true},
		{"and an install failed since", cellar(deployed("active", run(workflowInstall, "failed"), install)), true},
		{"long ago", cellar(created("active", heals(maxExecutions)...)), true},
		{"long ago, and down", cellar(created("inactive", heals(maxExecutions)...)), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.scope.history.installed()).To(Equal(row.installed))
		})
	}
}

func TestDeleteFailed(t *testing.T) {
	for _, row := range []struct {
		name  string
		scope *scope
		id    string
	}{
		{"not tried", cellar(created("inactive", run(workflowUninstall, "terminated"))), ""},
		{"runs", cellar(created("inactive", run(workflowDelete, "started"))), ""},
		{"failed", cellar(created("inactive", run(workflowDelete, "failed"))), "e1"},
		{"cancelled", cellar(created("inactive", run(workflowDelete, "cancelled"))), "e1"},
		{"failed, and something happened since", cellar(created("inactive", run(workflowUninstall, "terminated"), run(workflowDelete, "failed"))), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(idOf(row.scope.history.deleteFailed())).To(Equal(row.id))
		})
	}
}

// What an update left that did not end well was never applied.
func TestLastGood(t *testing.T) {
	update := func(status string, port any) option {
		return func(s *scope) {
			e := run(workflowUpdate, status)
			if port != nil {
				e.Parameters["inputs"] = map[string]any{"port": port}
			}
			s.history.executions = append(s.history.executions, e)
		}
	}
	never := func(port any) option {
		return func(s *scope) {
			e := refused(workflowUpdate)
			e.Parameters = map[string]any{"inputs": map[string]any{"port": port}}
			s.history.executions = append(s.history.executions, e)
		}
	}
	created := func(port any) option {
		return func(s *scope) {
			s.history.executions = append(s.history.executions, run(workflowInstall, "terminated", ask), creation("terminated", map[string]any{"port": port}))
		}
	}
	for _, row := range []struct {
		name    string
		options []option
		value   any
		known   bool
	}{
		{"created", []option{created(80)}, 99, true},
		{"updated", []option{update("terminated", 81), created(80)}, 99, true},
		{"updated by somebody, in another input", []option{update("terminated", nil), update("terminated", 81), created(80)}, 99, true},
		{"failed", []option{update("failed", 82), created(80)}, 80, true},
		{"failed after a good one", []option{update("failed", 82), update("terminated", 81), created(80)}, 81, true},
		{"failed twice", []option{update("failed", 83), update("failed", 82), update("terminated", 81)}, 81, true},
		{"cancelled", []option{update("cancelled", 82), created(80)}, 80, true},
		{"failed, and mended", []option{update("terminated", 83), update("failed", 82), created(80)}, 99, true},
		{"failed in another input", []option{update("failed", nil), created(80)}, 99, true},
		{"failed, after one in another input", []option{update("failed", 82), update("terminated", nil), created(80)}, 80, true},
		{"refused", []option{never(82), created(80)}, 99, true},
		{"failed, and what was before is too long ago", []option{update("failed", 82)}, 99, false},
		{"so long ago that nothing is listed", nil, 99, true},
		{"failed, in a release whose executions do not tell", []option{inRelease(5, 2), update("failed", nil), update("terminated", nil)}, 99, false},
		{"updated, in a release whose executions do not tell", []option{inRelease(5, 2), update("terminated", nil), update("failed", nil)}, 99, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(append([]option{at("active")}, row.options...)...)
			s.history.remote.Inputs = map[string]any{"port": 99}
			value, known := s.history.lastGood("port")
			g.Expect(known).To(Equal(row.known))
			g.Expect(value).To(Equal(row.value))
		})
	}
}
