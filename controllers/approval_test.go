// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

const initiate = "POST deployment-updates/{id}/update/initiate"

// byApproval has the updates of a deployment wait for approval.
func byApproval(d *v1alpha1.CloudifyDeployment) { d.Spec.UpdatePolicy = v1alpha1.UpdatePolicyApprove }

// cautious creates a CloudifyDeployment whose updates wait for approval, and waits until it is ready: the first install does not.
func (s *story) cautious(options ...func(*v1alpha1.CloudifyDeployment)) *v1alpha1.CloudifyDeployment {
	s.t.Helper()
	d := s.deployment("shop", nil, append(options, byApproval)...)
	s.create(d)
	s.eventually(d, And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionTrue, v1alpha1.ReasonUpToDate)))
	return d
}

// awaitApproval matches a deployment that is Ready while an update of these inputs waits for approval, previewed as far as it is.
func awaitApproval(preview v1alpha1.PreviewState, inputs ...string) types.GomegaMatcher {
	reason := v1alpha1.ReasonAwaitingApproval
	if preview == v1alpha1.PreviewRefused {
		reason = v1alpha1.ReasonPreviewRefused
	}
	return And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, reason),
		HaveField("Status.PendingUpdate", And(Not(BeNil()), HaveField("Preview", preview), HaveField("Inputs", BeEquivalentTo(inputs)),
			HaveField("Approved", false), HaveField("Summary", ContainSubstring(": ")))),
		WithTransform(func(d *v1alpha1.CloudifyDeployment) bool {
			return testenv.HasCondition(d, v1alpha1.ReconcilingCondition) || testenv.HasCondition(d, v1alpha1.StalledCondition)
		}, BeFalse()))
}

// upToDate matches a deployment with nothing that waits.
func upToDate() types.GomegaMatcher {
	return And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionTrue, v1alpha1.ReasonUpToDate),
		HaveField("Status.PendingUpdate", BeNil()))
}

// approve approves an update, by default the one that the deployment shows.
func (s *story) approve(d *v1alpha1.CloudifyDeployment, ids ...string) {
	s.t.Helper()
	s.update(d, func() {
		id := strings.Join(ids, "")
		if id == "" {
			id = d.Status.PendingUpdate.ID
		}
		d.Annotations[v1alpha1.ApprovedUpdateAnnotation] = id
	})
}

// updates and previews are the executions that changed the deployment, and that only said what would change.
func (s *story) updates(d *v1alpha1.CloudifyDeployment) []simulator.Execution {
	return s.updatesWith(d, false)
}

func (s *story) previews(d *v1alpha1.CloudifyDeployment) []simulator.Execution {
	return s.updatesWith(d, true)
}

func (s *story) updatesWith(d *v1alpha1.CloudifyDeployment, preview bool) (found []simulator.Execution) {
	for _, e := range s.executions(d, "update") {
		if (e.Parameters["preview"] == true) == preview {
			found = append(found, e)
		}
	}
	return found
}

// initiated is how often the Manager was asked for a preview or an update.
func (s *story) initiated() int {
	return s.sim.RequestCount(initiate) + s.sim.RequestCount(strings.Replace(initiate, "POST", "PUT", 1))
}

// The whole way, at Managers of the releases that matter: 4.3 cannot update, 5.2 and 6.2 preview within the request, later ones leave
// an execution.
func approvesAtRelease(s *story) {
	s.connect()
	s.blueprint()
	d := s.cautious()
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	if s.older("4.4") {
		s.eventually(d, And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonUpdateUnsupported)))
		s.Expect(d.Status.PendingUpdate).To(And(HaveField("Inputs", ConsistOf("port")), HaveField("Message", ContainSubstring("release 4.3.0"))))
		s.update(d, func() { delete(d.Spec.Inputs, "port") })
		s.eventually(d, upToDate())
		return
	}
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.Expect(d.Status.PendingUpdate).To(And(HaveField("Nodes.Changed", ConsistOf("app")), HaveField("MayReinstall", ConsistOf("app"))))
	s.Expect(testenv.Condition(d, v1alpha1.UpToDateCondition).Message).To(ContainSubstring("inputs port; nodes changed: app; may be reinstalled: app"))
	s.Expect(d.Status.Execution.Workflow).To(Equal("install"), "a preview is none of the deployment's executions")
	s.consistently(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.Expect(s.input(d, "port")()).To(BeEquivalentTo(8080))
	s.Expect(s.updates(d)).To(BeEmpty())

	s.approve(d)
	s.eventually(d, upToDate())
	s.Expect(s.input(d, "port")()).To(BeEquivalentTo(9090))
	s.Expect(s.updates(d)).To(HaveLen(1))
	s.Expect(len(s.previews(d))).To(BeNumerically("<=", 1))
	s.Expect(d.Status.Applied.ApprovedUpdate).To(Equal(d.Annotations[v1alpha1.ApprovedUpdateAnnotation]))
	s.Expect(s.reasons(d)()).To(ContainElement(v1alpha1.ReasonAwaitingApproval))
}

// Nobody approves what they have not seen: another change has another ID.
func TestAnotherChangeNeedsAnotherApproval(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.cautious()
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	first := d.Status.PendingUpdate.ID
	s.update(d, func() { d.Spec.Inputs["size"] = testenv.JSON("large") })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port", "size"))
	s.Expect(d.Status.PendingUpdate.ID).NotTo(Equal(first))

	s.approve(d, first)
	s.Eventually(s.reasons(d)).Should(ContainElement(v1alpha1.ReasonApprovalOutdated))
	s.eventually(d, And(awaitApproval(v1alpha1.PreviewMade, "port", "size"), HaveField("Status.LastHandledApproval", first)))
	s.consistently(d, awaitApproval(v1alpha1.PreviewMade, "port", "size"))
	s.Expect(s.updates(d)).To(BeEmpty())
	s.Expect(s.previews(d)).To(HaveLen(2))

	s.update(d, func() { delete(d.Spec.Inputs, "port") })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "size"))
	s.approve(d)
	s.eventually(d, upToDate())
	s.Expect(s.remote(d).Inputs).To(And(HaveKeyWithValue("port", BeEquivalentTo(8080)), HaveKeyWithValue("size", "large")))

	// An approval is good for one update: what was approved once, and is undone at the Manager, must be approved again.
	approved := d.Annotations[v1alpha1.ApprovedUpdateAnnotation]
	_, err := s.sim.StartUpdate(remoteID(d), map[string]any{"size": "small"})
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "size"))
	s.Expect(d.Status.PendingUpdate.ID).NotTo(Equal(approved))
	s.consistently(d, awaitApproval(v1alpha1.PreviewMade, "size"))
	s.Expect(s.input(d, "size")()).To(Equal("small"))
	s.approve(d)
	s.eventually(d, upToDate())
	s.Expect(s.input(d, "size")()).To(Equal("large"))
}

// An update that the Manager would refuse is told so, and is no failure of the deployment.
func TestRefusedPreview(t *testing.T) {
	atBothUpdates(t, func(s *story) {
		b := s.blueprint()
		d := s.cautious()
		installed := d.Status.Execution.DeepCopy()
		first := b.Status.BlueprintID
		s.update(b, func() {
			testenv.Inline(s.cellar("        create: {duration: 0}", "        create: {duration: 0, key: {get_secret: nosuch}}"))(b)
		})
		s.eventually(b, And(testenv.BeReady(), HaveField("Status.BlueprintID", Not(Equal(first)))))
		s.update(d, func() { d.Spec.Revision = &v1alpha1.RevisionSelection{BlueprintID: b.Status.BlueprintID} })
		s.eventually(d, awaitApproval(v1alpha1.PreviewRefused))
		s.Expect(d.Status.PendingUpdate).To(And(HaveField("Message", ContainSubstring("nosuch")),
			HaveField("FromBlueprintID", first), HaveField("ToBlueprintID", b.Status.BlueprintID)))
		s.Expect(testenv.Condition(d, v1alpha1.UpToDateCondition).Message).To(ContainSubstring("the Manager would refuse it"))
		s.Expect(d.Status.Execution).To(Equal(installed), "the preview that failed is not shown")
		s.consistently(d, awaitApproval(v1alpha1.PreviewRefused))
		s.Expect(s.initiated()).To(Equal(1), "a refused preview should not be repeated")

		s.sim.SetSecret("nosuch", "found")
		s.ask(d)
		s.eventually(d, awaitApproval(v1alpha1.PreviewMade))
		s.approve(d)
		s.eventually(d, And(upToDate(), HaveField("Status.BlueprintID", b.Status.BlueprintID)))
	})
}

// Who follows the latest revision is asked for each.
func TestLatestRevisionAwaitsApproval(t *testing.T) {
	s := tell(t)
	b := s.blueprint()
	d := s.cautious(func(d *v1alpha1.CloudifyDeployment) {
		d.Spec.Revision = &v1alpha1.RevisionSelection{Policy: v1alpha1.RevisionPolicyLatest}
	})
	first := b.Status.BlueprintID
	s.update(b, func() { testenv.Inline(cellar(t, "default: small", "default: large"))(b) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "size"))
	s.eventually(b, testenv.BeReady())
	second := b.Status.BlueprintID
	s.Expect(d.Status.PendingUpdate).To(And(HaveField("FromBlueprintID", first), HaveField("ToBlueprintID", second)))
	s.consistently(d, And(awaitApproval(v1alpha1.PreviewMade, "size"), HaveField("Status.BlueprintID", first)))
	s.Expect(s.previews(d)).To(HaveLen(1))

	s.approve(d)
	s.eventually(d, And(upToDate(), HaveField("Status.BlueprintID", second)))
	s.Expect(s.input(d, "size")()).To(Equal("large"))
}

// While other deployments use it, a deployment can be neither previewed nor updated: that is told, and not asked again at once.
func TestDependentsRefuseAPreview(t *testing.T) {
	atBothUpdates(t, func(s *story) {
		s.blueprint()
		d := s.cautious()
		user := s.userOf(d)

		s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
		refused := And(awaitApproval(v1alpha1.PreviewPending, "port"), HaveField("Status.PendingUpdate.Message",
			And(ContainSubstring("other deployments use this one"), ContainSubstring(remoteID(user)))))
		s.eventually(d, refused)
		asked := s.initiated()
		s.consistently(d, refused)
		s.Expect(s.initiated()).To(Equal(asked), "the Manager is left alone")

		s.delete(user)
		s.gone(user)
		s.ask(d)
		s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
		s.approve(d)
		s.eventually(d, upToDate())
		s.Expect(s.input(d, "port")()).To(BeEquivalentTo(9090))
	})
}

// A plan that was edited moves nobody unasked, and asks where somebody can answer.
func TestNewerPlanAwaitsApproval(t *testing.T) {
	s := tell(t)
	small := func(port int) func(*v1alpha1.CloudifyBlueprint) {
		return func(b *v1alpha1.CloudifyBlueprint) {
			b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{fixing("small", map[string]any{"port": port})}}
		}
	}
	b := s.blueprint(small(81))
	d := s.cautious(func(d *v1alpha1.CloudifyDeployment) { d.Spec.Plan = "small" })
	s.update(b, func() { small(82)(b) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.consistently(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.Expect(s.input(d, "port")()).To(BeEquivalentTo(81))
	s.approve(d)
	s.eventually(d, upToDate())
	s.Expect(s.input(d, "port")()).To(BeEquivalentTo(82))
}

// A Secret that changes is shown by the name of its input; its value, old and new, is nowhere.
func TestChangedSecretAwaitsApproval(t *testing.T) {
	const changed = "hidden-too-5d41402abc4b2a76"
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.WatchReferences = true }))
	s.blueprint()
	secret := s.access(hidden)
	d := s.fed("shop", "password")
	byApproval(d)
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.update(secret, func() { secret.Data["password"] = []byte(changed) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "password"))
	s.approve(d, "made up")
	s.Eventually(s.reasons(d)).Should(ContainElements(v1alpha1.ReasonAwaitingApproval, v1alpha1.ReasonApprovalOutdated))
	s.Expect(s.input(d, "password")()).To(Equal(hidden))
	s.approve(d)
	s.eventually(d, upToDate())
	s.Expect(s.input(d, "password")()).To(Equal(changed))
	for _, value := range []string{hidden, changed} {
		s.Expect(fmt.Sprint(plainly(d))).NotTo(ContainSubstring(value))
		s.Expect(strings.Join(notes(s.t, d), "\n")).NotTo(ContainSubstring(value))
		s.Expect(s.operator.log.line(value)).To(BeEmpty())
	}
}

// What somebody changed at the Manager is set right once somebody approves that.
func TestDriftOfInputsAwaitsApproval(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.cautious()
	_, err := s.sim.StartUpdate(remoteID(d), map[string]any{"port": 1234})
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.consistently(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.Expect(s.input(d, "port")()).To(BeEquivalentTo(1234))
	s.approve(d)
	s.eventually(d, upToDate())
	s.Expect(s.input(d, "port")()).To(BeEquivalentTo(8080))
}

// A platform's request is an approval, of what it asks for and of the spec as it is; a newer plan goes on waiting.
func TestPlatformApprovesByAsking(t *testing.T) {
	s := tell(t)
	small := func(port int) func(*v1alpha1.CloudifyBlueprint) {
		return func(b *v1alpha1.CloudifyBlueprint) {
			b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{fixing("small", map[string]any{"port": port})}}
		}
	}
	b := s.blueprint(small(81))
	d := s.cautious(func(d *v1alpha1.CloudifyDeployment) {
		d.Spec.Plan, d.Spec.OSB = "small", &v1alpha1.ServiceInstance{
			InstanceID: "shop", ServiceID: "s", PlanID: "p", Operation: v1alpha1.Operation{Verb: v1alpha1.OperationProvision, Number: 1},
		}
	})
	s.update(b, func() { small(82)(b) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.update(d, func() {
		d.Spec.Inputs["size"], d.Spec.OSB.Operation = testenv.JSON("large"), v1alpha1.Operation{Verb: v1alpha1.OperationUpdate, Number: 2}
	})
	s.eventually(d, And(HaveField("Status.Applied.Operation", BeEquivalentTo(2)), awaitApproval(v1alpha1.PreviewMade, "port")))
	s.Expect(s.remote(d).Inputs).To(And(HaveKeyWithValue("port", BeEquivalentTo(81)), HaveKeyWithValue("size", "large")))
	s.Expect(s.updates(d)).To(HaveLen(1))
}

// A paused deployment is not even previewed; what was approved waits for it to go on.
func TestPausedWhileApprovalIsAwaited(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.cautious()
	s.update(d, func() { d.Spec.Paused, d.Spec.Inputs["port"] = true, testenv.JSON(9090) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewPending, "port"))
	s.consistently(d, awaitApproval(v1alpha1.PreviewPending, "port"))
	s.Expect(s.changes(initiate)).To(BeEmpty())
	s.approve(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonPaused, "Update"))
	s.update(d, func() { d.Spec.Paused = false })
	s.eventually(d, upToDate())
	s.Expect(s.input(d, "port")()).To(BeEquivalentTo(9090))
}

func TestDeletedWhileApprovalIsAwaited(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.cautious()
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// The preview is in the status: a restarted operator does not ask for another, nor look closely at what waits.
func TestRestartMakesNoSecondPreview(t *testing.T) {
	s := tellOf(t, startOperator(t))
	s.blueprint()
	d := s.cautious()
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, And(awaitApproval(v1alpha1.PreviewMade, "port"), HaveField("Status.PreviewExecution", Not(BeEmpty()))))
	s.Expect(s.operator.halt()).To(Succeed())
	before := d.ResourceVersion
	s.sim.ResetRequests()
	s.Expect(s.operator.start()).To(Succeed())
	s.listsPass(2)
	s.consistently(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.Expect(d.ResourceVersion).To(Equal(before))
	s.Expect(s.sim.RequestCount("GET deployments/{id}")).To(BeZero())
	s.Expect(s.previews(d)).To(HaveLen(1))
	s.approve(d)
	s.eventually(d, upToDate())
	s.Expect(s.input(d, "port")()).To(BeEquivalentTo(9090))
}

// What the Manager found, and could not tell, is read from its records.
func TestLostAnswerToAPreview(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.cautious()
	s.sim.LoseAnswer(initiate, 1)
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.Expect(s.previews(d)).To(HaveLen(1))
}

// A preview that a gateway keeps may arrive yet: until then there is no other, and the deployment is Ready.
func TestPreviewThatAGatewayKeptIsNotAskedForAgain(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.cautious()
	s.sim.Hold(initiate, held, 1)
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, And(awaitApproval(v1alpha1.PreviewPending, "port"), HaveField("Status.Unanswered", Not(BeNil()))))
	s.Expect(d.Status.Unanswered.Step).To(Equal("Preview"))
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.Expect(d.Status.Unanswered).To(BeNil())
	s.Expect(s.previews(d)).To(HaveLen(1))
}

// What somebody uninstalled is installed again as it was: what waits for approval goes on waiting.
func TestUninstalledWhileApprovalIsAwaited(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.cautious()
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.sim.Uninstall(remoteID(d))
	s.Eventually(func() []simulator.Execution { return s.executions(d, "install") }, patience, 50*time.Millisecond).Should(HaveLen(2))
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.Expect(s.input(d, "port")()).To(BeEquivalentTo(8080))
	s.Expect(s.updates(d)).To(BeEmpty())
}

// An approved update that fails is retried without another approval; the next change needs one.
func TestApprovedUpdateFails(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.cautious()
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
	s.sim.FailWorkflow("update", "no quota left", 1)
	s.approve(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "no quota left"))
	s.Expect(d.Status.PendingUpdate).To(HaveField("Approved", true))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed))
	s.ask(d)
	s.eventually(d, upToDate())
	s.Expect(s.updates(d)).To(HaveLen(2))
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9091) })
	s.eventually(d, awaitApproval(v1alpha1.PreviewMade, "port"))
}
