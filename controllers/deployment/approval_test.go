// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// byApproval has updates wait for approval, of a deployment that was applied.
func byApproval(s *scope) {
	s.deployment.Spec.UpdatePolicy = v1alpha1.UpdatePolicyApprove
	s.deployment.Status.Applied = &v1alpha1.AppliedStatus{Generation: 2, BlueprintID: s.want.revision}
}

// neverApplied is a deployment that was not Ready yet.
func neverApplied(s *scope) { s.deployment.Status.Applied = nil }

// offered is what the status says of the pending update; it comes last.
func offered(preview v1alpha1.PreviewState) option {
	return func(s *scope) {
		s.before = s.deployment.DeepCopy()
		p := s.pending()
		p.Preview = preview
		s.deployment.Status.PendingUpdate = p
	}
}

// approve approves the pending update that the status shows.
func approve(s *scope) { approveID(s.deployment.Status.PendingUpdate.ID)(s) }

func approveID(id string) option {
	return func(s *scope) { s.deployment.Annotations[v1alpha1.ApprovedUpdateAnnotation] = id }
}

func handledApproval(s *scope) {
	s.deployment.Status.LastHandledApproval = s.deployment.Annotations[v1alpha1.ApprovedUpdateAnnotation]
}

// carriedOut is a pending update that was approved and begun.
func carriedOut(s *scope) {
	approve(s)
	handledApproval(s)
	s.deployment.Status.PendingUpdate.Approved = true
}

// platform is a service instance of which this operation was asked last, and that one applied.
func platform(asked, applied int64) option {
	return func(s *scope) {
		s.deployment.Spec.OSB = &v1alpha1.ServiceInstance{Operation: v1alpha1.Operation{Number: asked}}
		s.deployment.Status.Applied.Operation = applied
	}
}

// previewOf is an execution that previewed what is wanted, or these inputs.
func previewOf(status string, inputs map[string]any) cloudify.Execution {
	e := run(workflowUpdate, status)
	e.Parameters["preview"], e.Parameters["inputs"], e.Parameters["update_id"] = true, inputs, "u1"
	return e
}

func TestNextStepByApproval(t *testing.T) {
	installed := run(workflowInstall, "terminated", earlier)
	other9090 := map[string]any{"port": 9090, "password": ""}
	failedUpdate := run(workflowUpdate, "failed")
	failedUpdate.Parameters["inputs"] = other9090

	for _, row := range []struct {
		name  string
		scope *scope
		step  step
	}{
		{"nothing to update", cellar(byApproval, deployed("active", installed)), stepNone},
		{"an update", cellar(byApproval, deployed("active", installed), other), stepPreview},
		{"another revision", cellar(byApproval, deployed("active", installed), otherRevision), stepPreview},
		{"previewed", cellar(byApproval, deployed("active", installed), other, offered(v1alpha1.PreviewMade)), stepApproval},
		{"previewed, and the preview is the latest execution", cellar(byApproval, deployed("active", previewOf("terminated", other9090), installed), other, offered(v1alpha1.PreviewMade)), stepApproval},
		{"refused", cellar(byApproval, deployed("active", previewOf("failed", other9090), installed), other, offered(v1alpha1.PreviewRefused)), stepApproval},
		{"refused, and requested again", cellar(byApproval, deployed("active", previewOf("failed", other9090), installed), other, offered(v1alpha1.PreviewRefused), requested), stepPreview},
		{"refused, and requested again, in a release that cannot update", cellar(byApproval, inRelease(4, 3), deployed("active", installed), other, offered(v1alpha1.PreviewRefused), requested), stepApproval},
		{"could not be previewed yet", cellar(byApproval, deployed("active", installed), other, offered(v1alpha1.PreviewPending)), stepPreview},
		{"not previewed, paused", cellar(byApproval, paused, deployed("active", installed), other), stepApproval},
		{"a release without previews", cellar(byApproval, inRelease(4, 9), deployed("active", installed), other), stepApproval},
		{"preview was not answered", cellar(byApproval, unanswered(stepPreview), deployed("active", installed), other), stepAwait},
		{"preview was not answered, and cannot arrive any more", cellar(byApproval, unanswered(stepPreview), tooLate, deployed("active", installed), other), stepPreview},
		{"preview was not answered, and arrived", cellar(byApproval, unanswered(stepPreview), deployed("active", previewOf("terminated", other9090), installed), other), stepPreview},
		{"preview was not answered, and an earlier one was refused", cellar(byApproval, unanswered(stepPreview), deployed("active", previewOf("failed", other9090), installed), other, offered(v1alpha1.PreviewRefused), requested), stepAwait},
		{"preview was not answered, and runs", cellar(byApproval, unanswered(stepPreview), deployed("active", previewOf("started", other9090), installed), other), stepWait},

		{"approved", cellar(byApproval, deployed("active", installed), other, offered(v1alpha1.PreviewMade), approve), stepUpdate},
		{"approved, though it would be refused", cellar(byApproval, deployed("active", installed), other, offered(v1alpha1.PreviewRefused), approve), stepUpdate},
		{"approved, paused", cellar(byApproval, paused, deployed("active", installed), other, offered(v1alpha1.PreviewMade), approve), stepPause},
		{"approved, and another change since", cellar(byApproval, deployed("active", installed), otherRevision, offered(v1alpha1.PreviewMade), approve, other), stepPreview},
		{"approved before it was shown", cellar(byApproval, deployed("active", installed), other, offered(v1alpha1.PreviewMade), approve, notShown), stepPreview},
		{"approved once, and the approval was refused then", cellar(byApproval, deployed("active", installed), other, offered(v1alpha1.PreviewMade), approve, handledApproval), stepApproval},
		{"another one approved", cellar(byApproval, deployed("active", installed), other, offered(v1alpha1.PreviewMade), approveID("another")), stepApproval},
		{"begun", cellar(byApproval, deployed("active", installed), other, offered(v1alpha1.PreviewMade), carriedOut), stepUpdate},
		{"begun, and failed", cellar(byApproval, deployed("active", failedUpdate, installed), other, offered(v1alpha1.PreviewMade), carriedOut), stepStall},
		{"begun, failed, and requested again", cellar(byApproval, deployed("active", failedUpdate, installed), other, offered(v1alpha1.PreviewMade), carriedOut, requested), stepUpdate},
		{"begun, failed after the Manager switched over, and requested again", cellar(byApproval, other, deployed("active", failedUpdate, installed), requested), stepUpdate},

		{"first install", cellar(byApproval, neverApplied, deployed("inactive"), other), stepUpdate},
		{"installed, and never Ready", cellar(byApproval, neverApplied, deployed("active", installed), other), stepPreview},
		{"not there any more", cellar(byApproval), stepCreate},
		{"uninstalled by hand", cellar(byApproval, deployed("inactive", run(workflowUninstall, "terminated"), installed), other), stepInstall},
		{"uninstalled by hand, and the install failed", cellar(byApproval, deployed("inactive", run(workflowInstall, "failed", ask), run(workflowUninstall, "terminated"), installed), other), stepStall},
		{"uninstalled by hand, and approved", cellar(byApproval, deployed("inactive", run(workflowUninstall, "terminated"), installed), other, offered(v1alpha1.PreviewMade), approve), stepUpdate},
		{"other labels, too", cellar(byApproval, deployed("active", installed), other, otherLabels), stepLabel},

		{"deleting", cellar(byApproval, deleting, live, deployed("active", installed), other), stepUninstall},
		{"deleting, with corrected inputs", cellar(byApproval, deleting, live, deployed("active", run(workflowUninstall, "failed", earlier), installed), other), stepUpdate},
		{"deleting while a preview runs", cellar(byApproval, deleting, live, deployed("active", previewOf("started", other9090), installed), other), stepCancel},

		{"a platform asked for it", cellar(byApproval, platform(3, 2), deployed("active", installed), other), stepUpdate},
		{"a platform asked before", cellar(byApproval, platform(3, 3), deployed("active", installed), other), stepPreview},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(nextStep(&row.scope.facts).step).To(Equal(row.step))
		})
	}
}

func notShown(s *scope) { s.deployment.Status.PendingUpdate = nil }

// A preview is no update: what it came to says nothing of the deployment.
func TestPreviewsAreNoUpdates(t *testing.T) {
	g := NewWithT(t)
	installed := run(workflowInstall, "terminated", ask)
	s := cellar(deployed("active", previewOf("failed", map[string]any{"port": 8080, "password": ""}), installed))
	s.history.remote.LatestExecution = "e3"
	g.Expect(nextStep(&s.facts).step).To(Equal(stepNone))
	g.Expect(s.history.latest().WorkflowID).To(Equal(workflowInstall))
	g.Expect(s.history.preview().ID).To(Equal("e3"))
	value, known := s.history.lastGood("port")
	g.Expect(value).To(BeEquivalentTo("8080"))
	g.Expect(known).To(BeTrue(), "a preview that was refused spoils nothing")

	s = cellar(deployed("inactive", previewOf("terminated", nil), run(workflowInstall, "failed", ask)))
	g.Expect(nextStep(&s.facts).step).To(Equal(stepStall), "a preview makes no failed install good")
	s = cellar(deployed("active", run("heal", "terminated"), previewOf("terminated", nil), installed))
	g.Expect(s.history.preview()).To(BeNil())
}

// The ID changes with whatever the update would do, and with nothing else.
func TestUpdateID(t *testing.T) {
	g := NewWithT(t)
	installed := run(workflowInstall, "terminated", earlier)
	idOf := func(options ...option) string {
		s := cellar(append([]option{byApproval, from(nodecellar(sized("1"))), deployed("active", installed), other}, options...)...)
		return s.pending().ID
	}
	first := idOf()
	g.Expect(first).To(MatchRegexp("^[0-9a-f]{16}$"))
	g.Expect(idOf(paused, requested, otherLabels, offered(v1alpha1.PreviewMade), func(s *scope) { s.deployment.Generation++ })).To(Equal(first))
	for name, change := range map[string]option{
		"the revision":                   otherRevision,
		"what the deployment has":        func(s *scope) { s.history.remote.BlueprintID = "nodecellar-0" },
		"which inputs change":            func(s *scope) { s.history.remote.Inputs["password"] = "x" },
		"a value":                        func(s *scope) { s.want.effective["port"] = 9091 },
		"the version of a Secret":        read("other"),
		"the outputs of another":         func(s *scope) { s.references.outputs = "other" },
		"the update approved before":     func(s *scope) { s.deployment.Status.Applied.ApprovedUpdate = "before" },
		"the blueprint, which is a salt": from(nodecellar(sized("1"), func(b *v1alpha1.CloudifyBlueprint) { b.UID = "b2" })),
	} {
		g.Expect(idOf(change)).NotTo(Equal(first), name)
	}
	referred := func(value string) option {
		return func(s *scope) {
			s.references = referred{read: true, digest: "d", values: map[string]string{"password": value}}
			s.want.effective["password"], s.want.given["password"] = value, value
		}
	}
	g.Expect(idOf(referred("secret"))).To(Equal(idOf(referred("other"))), "a value of a Secret is not in it")
}

// What the status says of the pending update, and of its approval.
func TestPendingUpdateInStatus(t *testing.T) {
	installed := run(workflowInstall, "terminated", earlier)
	pending := []option{status(nil, "True", "True"), byApproval, deployed("active", installed), other}
	with := func(options ...option) *scope { return cellar(append(pending, options...)...) }
	began := func(s *scope) {
		s.effect.started = &cloudify.Execution{ID: "e9", WorkflowID: workflowUpdate, Status: "pending"}
	}

	for _, row := range []struct {
		name     string
		scope    *scope
		end      error
		pending  bool
		approved bool
		handled  bool // the approval
		refused  bool
		applied  int64
		reason   string // of UpToDate
	}{
		{"awaits", with(offered(v1alpha1.PreviewMade)), nil, true, false, false, false, 2, v1alpha1.ReasonAwaitingApproval},
		{"refused", with(offered(v1alpha1.PreviewRefused)), nil, true, false, false, false, 2, v1alpha1.ReasonPreviewRefused},
		{"in a release that cannot update", with(inRelease(4, 3), offered(v1alpha1.PreviewRefused)), nil, true, false, false, false, 2, v1alpha1.ReasonUpdateUnsupported},
		{"approved, and begins", with(offered(v1alpha1.PreviewMade), approve, began), outcome.Wait("Updating", ""), true, true, true, false, 2, v1alpha1.ReasonUpdating},
		{"approved, and the Manager is busy", with(offered(v1alpha1.PreviewMade), approve), outcome.Wait("ManagerBusy", ""), true, false, false, false, 2, v1alpha1.ReasonOutdated},
		{"failed", with(offered(v1alpha1.PreviewMade), carriedOut), outcome.Stall("UpdateFailed", ""), true, true, true, false, 2, v1alpha1.ReasonUpdateFailed},
		{"another one approved", with(offered(v1alpha1.PreviewMade), approveID("another")), nil, true, false, true, true, 2, v1alpha1.ReasonAwaitingApproval},
		{"another one approved, as was told", with(offered(v1alpha1.PreviewMade), approveID("another"), handledApproval), nil, true, false, true, false, 2, v1alpha1.ReasonAwaitingApproval},
		{"none is pending, and one approved", cellar(status(nil, "True", "True"), byApproval, deployed("active", installed), approveID("another")), nil, false, false, true, true, 3, v1alpha1.ReasonUpToDate},
		{"taken back", with(offered(v1alpha1.PreviewMade), taken), nil, false, false, false, false, 3, v1alpha1.ReasonUpToDate},
		{"done", with(offered(v1alpha1.PreviewMade), carriedOut, taken), nil, false, false, true, false, 3, v1alpha1.ReasonUpToDate},
		{"no approval needed any more", with(offered(v1alpha1.PreviewMade), automatic), outcome.Wait("Updating", ""), false, false, false, false, 2, v1alpha1.ReasonOutdated},
		{"something runs", with(offered(v1alpha1.PreviewMade), carriedOut, deployed("active", run(workflowUpdate, "started"), installed), nothingWanted), outcome.Wait("Updating", ""), true, true, true, false, 2, v1alpha1.ReasonUpdating},
		{"deleting", with(offered(v1alpha1.PreviewMade), deleting), outcome.Wait("Uninstalling", ""), false, false, false, false, 2, v1alpha1.ReasonOutdated},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, s := NewWithT(t), row.scope
			s.decision = nextStep(&s.facts)
			s.setStatus(outcome.Classify(row.end))
			stored := s.deployment.Status
			g.Expect(stored.PendingUpdate != nil).To(Equal(row.pending))
			if row.pending {
				g.Expect(stored.PendingUpdate.Approved).To(Equal(row.approved))
				g.Expect(stored.PendingUpdate.Summary == "").To(Equal(row.approved))
			}
			g.Expect(stored.LastHandledApproval != "").To(Equal(row.handled))
			g.Expect(s.effect.refusedApproval).To(Equal(row.refused))
			g.Expect(stored.Applied.Generation).To(Equal(row.applied))
			if row.reason != "" {
				g.Expect(s.deployment).To(HaveField("Status.Conditions", ContainElement(And(HaveField("Type", v1alpha1.UpToDateCondition), HaveField("Reason", row.reason)))))
			}
		})
	}
}

// nothingWanted: what is wanted is not worked out while something runs.
func nothingWanted(s *scope) { s.want = nil }

// taken gives the deployment what is wanted.
func taken(s *scope) { s.history.remote.Inputs = s.want.effective }

func automatic(s *scope) { s.deployment.Spec.UpdatePolicy = v1alpha1.UpdatePolicyAutomatic }

// An approved update is noted when it is applied, so that the next one has another ID.
func TestApprovedUpdateIsNoted(t *testing.T) {
	g := NewWithT(t)
	s := cellar(status(nil, "True", "True"), byApproval, deployed("active", run(workflowInstall, "terminated", earlier)), other, offered(v1alpha1.PreviewMade), carriedOut, taken)
	s.setStatus(outcome.Classify(nil))
	g.Expect(s.deployment.Status.Applied.ApprovedUpdate).To(Equal(s.before.Status.PendingUpdate.ID))
}

// A settled object is one whose status shows what awaits approval, and whose approval was dealt with.
func TestSettledWhileApprovalIsAwaited(t *testing.T) {
	installed := run(workflowInstall, "terminated", earlier)
	pending := []option{status(nil, "True", "True"), byApproval, deployed("active", installed), other}
	newerPlan := func(s *scope) {
		s.deployment.Status.Conditions = append(s.deployment.Status.Conditions, metav1.Condition{Type: v1alpha1.UpToDateCondition, Status: "False", Reason: v1alpha1.ReasonNewerPlan})
	}
	for _, row := range []struct {
		name    string
		with    []option
		settled bool
	}{
		{"awaits", []option{offered(v1alpha1.PreviewMade)}, true},
		{"refused", []option{offered(v1alpha1.PreviewRefused)}, true},
		{"not previewed", []option{offered(v1alpha1.PreviewPending)}, false},
		{"not previewed, paused", []option{offered(v1alpha1.PreviewPending), paused}, true},
		{"approved", []option{offered(v1alpha1.PreviewMade), approve}, false},
		{"another one approved", []option{offered(v1alpha1.PreviewMade), approveID("another")}, false},
		{"another one approved, as was told", []option{offered(v1alpha1.PreviewMade), approveID("another"), handledApproval}, true},
		{"a newer plan that is not offered", []option{newerPlan}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := cellar(append(pending, row.with...)...)
			NewWithT(t).Expect(s.settled()).To(Equal(row.settled))
		})
	}
}
