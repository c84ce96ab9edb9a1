// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"os"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// releases are those that behave differently: the oldest that people still run, the last of the fifth with synchronous
// creation, the first with rules for workflows, and the newest.
var releases = []string{"4.3", "5.2", "6.4", "7.1"}

// releaseStories are told on each release. Where releases differ, a story asks what its release has.
var releaseStories = map[string]func(*releaseStory){
	"connects":                          (*releaseStory).connects,
	"wrong password":                    (*releaseStory).wrongPassword,
	"a blueprint is shown":              (*releaseStory).blueprintIsShown,
	"a bad blueprint is told":           (*releaseStory).badBlueprint,
	"a whole life":                      (*releaseStory).wholeLife,
	"answers are lost":                  (*releaseStory).answersAreLost,
	"wrong inputs":                      (*releaseStory).wrongInputs,
	"a create fails":                    (*releaseStory).createFails,
	"an install fails":                  (*releaseStory).installFails,
	"deleted while installing":          (*releaseStory).deletedWhileInstalling,
	"an uninstall fails":                (*releaseStory).uninstallFails,
	"removed by hand":                   (*releaseStory).removedByHand,
	"uninstalled by hand":               (*releaseStory).uninstalledByHand,
	"the Manager is away in an install": (*releaseStory).awayInInstall,
	"the operator restarts":             (*releaseStory).operatorRestarts,
	"inputs change":                     (*releaseStory).inputsChange,
	"an update fails":                   (*releaseStory).updateFails,
	"a revision is moved to":            (*releaseStory).revisionIsMovedTo,
	"outputs":                           (*releaseStory).outputsArePublished,
	"adoption":                          (*releaseStory).adoption,
	"drift":                             (*releaseStory).drift,
}

func TestReleases(t *testing.T) {
	t.Parallel()
	for _, name := range releases {
		release, err := cloudify.ParseRelease(name)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		for title, story := range releaseStories {
			t.Run(name+" "+title, func(t *testing.T) {
				t.Parallel()
				story(&releaseStory{story: newStory(t, everybodys, name), release: release})
			})
		}
	}
}

// releaseStory is a story at a Manager of some release.
type releaseStory struct {
	*story
	release cloudify.Release
}

// connected creates the CloudifyManager.
func (s *releaseStory) connected() {
	s.t.Helper()
	s.create(s.manager)
	s.eventually(s.manager, testenv.BeReady())
}

// press is the file testdata/press.yaml as a blueprint's files, with texts replaced by others.
func press(t *testing.T, oldnew ...string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/press.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return map[string]string{"blueprint.yaml": strings.NewReplacer(oldnew...).Replace(string(text))}
}

// published creates a CloudifyBlueprint of the press, ready to be deployed.
func (s *releaseStory) published() *v1alpha1.CloudifyBlueprint {
	s.t.Helper()
	s.connected()
	return s.blueprint(testenv.Inline(press(s.t)))
}

func (s *releaseStory) connects() {
	s.connected()
	s.Expect(s.manager.Status.Release).To(Equal(s.release.String()))
}

func (s *releaseStory) wrongPassword() {
	s.sim.SetPassword("another")
	s.create(s.manager)
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonUnauthorized, s.name))
}

func (s *releaseStory) blueprintIsShown() {
	b := s.published()
	s.Expect(b.Status.Inputs).To(ContainElement(HaveField("Name", "port")))
	s.Expect(b.Status.Outputs).To(ConsistOf("url"))
	s.Expect(b).To(testenv.HaveCondition(v1alpha1.UploadedCondition, metav1.ConditionTrue, v1alpha1.ReasonUploaded))
	s.delete(b)
	s.gone(b)
	s.Expect(s.sim.Blueprints()).To(BeEmpty())
}

func (s *releaseStory) badBlueprint() {
	s.connected()
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(press(s.t, "derived_from: cloudify.nodes.Root", "derived_from: cloudify.nodes.Rot")))
	s.create(b)
	s.eventually(b, testenv.BeStalled(v1alpha1.ReasonUploadFailed, "cloudify.nodes.Rot"))
	s.update(b, func() { testenv.Inline(press(s.t))(b) })
	s.eventually(b, testenv.BeReady())
	s.delete(b)
	s.gone(b)
	s.Expect(s.sim.Blueprints()).To(BeEmpty())
}

// wholeLife takes a service from apply to nothing, and makes sure that nothing happened twice.
func (s *releaseStory) wholeLife() {
	s.connected()
	b, d := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(press(s.t))), s.deployment("shop", nil)
	s.create(b, d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Installed()).To(BeTrue())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("name", "shop"))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
	s.consistently(d, testenv.BeReady())
	s.delete(d, b)
	s.gone(d, b)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.sim.Blueprints()).To(BeEmpty())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
	for _, operation := range []string{"app.create", "app.start", "app.stop"} {
		s.Expect(s.sim.Operations(remoteID(d))).To(HaveKeyWithValue(operation, 1), "nothing may happen twice")
	}
	s.Expect(s.changes("POST executions")).To(HaveLen(2), "install and uninstall")
}

func (s *releaseStory) answersAreLost() {
	for _, route := range changing {
		s.sim.LoseAnswer(route, 1)
	}
	s.wholeLife()
}

func (s *releaseStory) wrongInputs() {
	s.published()
	d := s.deployment("shop", map[string]any{"port": "eighty", "colour": "red"})
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, "port", "integer", "colour"))
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.update(d, func() { testenv.Inputs(map[string]any{"port": 80})(d); delete(d.Spec.Inputs, "colour") })
	s.eventually(d, testenv.BeReady())
}

func (s *releaseStory) createFails() {
	s.published()
	s.sim.FailWorkflow("create_deployment_environment", "the disk is full", 1)
	d := s.deployment("shop", nil)
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonCreateFailed, "the disk is full"))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonCreateFailed))
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Installed()).To(BeTrue())
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func (s *releaseStory) installFails() {
	s.published()
	d := s.deployment("shop", nil)
	s.sim.FailWorkflow("install", "no quota left in region east", 1)
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed, "no quota left in region east"))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonInstallFailed))
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveLen(2))
	s.Expect(s.remote(d).Installed()).To(BeTrue())
}

func (s *releaseStory) deletedWhileInstalling() {
	s.published()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

func (s *releaseStory) uninstallFails() {
	s.published()
	d := s.installed("shop")
	s.sim.FailWorkflow("uninstall", "the volume is busy", 1)
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed, "the volume is busy"))
	s.ask(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func (s *releaseStory) removedByHand() {
	s.published()
	d := s.installed("shop")
	s.sim.RemoveDeployment(remoteID(d))
	s.Eventually(func() []simulator.Deployment { return s.sim.Deployments() }).Should(HaveLen(1))
	s.Eventually(func() bool { return s.remote(d).Installed() }).Should(BeTrue())
	s.eventually(d, testenv.BeReady())
}

func (s *releaseStory) uninstalledByHand() {
	s.published()
	d := s.installed("shop")
	_, err := s.sim.StartExecution(remoteID(d), "uninstall", nil)
	s.Expect(err).NotTo(HaveOccurred())
	s.Eventually(func() []simulator.Execution { return s.executions(d, "install") }).Should(HaveLen(2))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Installed()).To(BeTrue())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

func (s *releaseStory) awayInInstall() {
	s.published()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.sim.SetDown(simulator.DownRefused)
	s.eventually(s.manager, testenv.BeUnknown(v1alpha1.ReasonManagerUnreachable))
	s.afterForever()
	s.sim.SetDown(simulator.Up)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveLen(1))
}

func (s *releaseStory) operatorRestarts() {
	o := startOperator(s.t)
	s.story = newStory(s.t, o, s.release.String()[:3])
	s.published()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.Expect(o.halt()).To(Succeed())
	s.afterForever()
	s.Expect(o.start()).To(Succeed())
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "install")).To(HaveLen(1))

	// Another restart finds all as it should be, and asks for nothing but lists.
	changes := s.sim.Changes()
	s.Expect(o.halt()).To(Succeed())
	s.Expect(o.start()).To(Succeed())
	s.consistently(d, testenv.BeReady())
	s.Expect(s.sim.Changes()).To(Equal(changes))
}

func (s *releaseStory) inputsChange() {
	s.published()
	d := s.installed("shop")
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	if !s.release.Has(cloudify.UpdateInPlace) {
		s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateUnsupported))
		s.Expect(d).To(testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonUpdateUnsupported))
		s.update(d, func() { delete(d.Spec.Inputs, "port") })
		s.eventually(d, testenv.BeReady())
		return
	}
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
	s.eventually(d, testenv.BeReady())
	s.update(d, func() { delete(d.Spec.Inputs, "port") })
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(8080), "back to its default")
	s.eventually(d, testenv.BeReady())
	s.Expect(s.executions(d, "update")).To(HaveLen(2))
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

func (s *releaseStory) updateFails() {
	if !s.release.Has(cloudify.UpdateInPlace) {
		return // inputsChange tells what happens there
	}
	s.published()
	d := s.installed("shop")
	s.sim.FailWorkflow("update", "no quota left", 1)
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed, "no quota left"))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonUpdateFailed))
	s.ask(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(9090)))
	s.Expect(s.remote(d).Installed()).To(BeTrue())
}

func (s *releaseStory) revisionIsMovedTo() {
	b := s.published()
	d := s.installed("shop")
	first := b.Status.BlueprintID
	s.update(b, func() { testenv.Inline(press(s.t, "default: 8080", "default: 8081"))(b) })
	s.eventually(b, And(testenv.BeReady(), HaveField("Status.BlueprintID", Not(Equal(first)))))
	s.eventually(d, testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonNewerRevision))
	s.Expect(d).To(testenv.BeReady())
	s.update(d, func() { d.Spec.Revision = &v1alpha1.RevisionSelection{Policy: v1alpha1.RevisionPolicyLatest} })
	if !s.release.Has(cloudify.UpdateInPlace) {
		s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUpdateUnsupported))
		return
	}
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.BlueprintID", b.Status.BlueprintID)))
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(8081)))
}

func (s *releaseStory) outputsArePublished() {
	s.published()
	s.installed("shop")
	s.Expect(s.outputs("shop-outputs")()).To(Equal(map[string]string{"url": "http://shop:8080"}))
}

func (s *releaseStory) adoption() {
	b := s.published()
	s.old(b.Status.BlueprintID, map[string][]string{v1alpha1.RemoteLabelAdoptableBy: {s.name}})
	d := s.adopting("shop", "old")
	s.create(d)
	if !s.release.Has(cloudify.Labels) {
		s.eventually(d, testenv.BeStalled(v1alpha1.ReasonAdoptionUnsupported))
	} else {
		s.eventually(d, testenv.BeReady())
	}
	s.delete(d)
	s.gone(d)
	_, there := s.sim.Deployment("old")
	s.Expect(there).To(BeTrue())
}

func (s *releaseStory) drift() {
	s.published()
	d := s.installed("shop")
	if s.release.Has(cloudify.DriftCounts) {
		s.Expect(d).To(testenv.HaveCondition(v1alpha1.DriftedCondition, metav1.ConditionFalse, v1alpha1.ReasonNotDrifted))
	} else {
		s.Expect(d.Status.Conditions).NotTo(ContainElement(HaveField("Type", v1alpha1.DriftedCondition)))
	}
}
