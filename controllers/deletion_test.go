// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// orphaned lets an object go when it is deleted.
func orphaned(d *v1alpha1.CloudifyDeployment) { d.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan }

func TestDeleteWhileInstalling(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	s.create(d)
	s.installing(d)
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.sim.Operations(remoteID(d))).To(HaveKeyWithValue("app.stop", 1), "what was begun is uninstalled")
	s.Expect(s.changes("POST executions/{id}")).To(HaveLen(1), "the install is cancelled once")
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

func TestDeleteWhatNeverCameToBe(t *testing.T) {
	s := tell(t)
	lonely := s.deployment("lonely", nil)
	s.create(lonely)
	s.eventually(lonely, testenv.BeWaiting(v1alpha1.ReasonBlueprintNotFound))
	s.delete(lonely)
	s.gone(lonely)

	s.blueprint()
	wrong := s.deployment("wrong", map[string]any{"port": "none"})
	s.create(wrong)
	s.eventually(wrong, testenv.BeStalled(v1alpha1.ReasonInvalidInputs))
	s.delete(wrong)
	s.gone(wrong)
	s.Expect(s.changes("PUT deployments")).To(BeEmpty())
}

func TestUninstallFails(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.sim.FailWorkflow("uninstall", "the volume is busy", 1)
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed, "workflow uninstall failed: the volume is busy", "node app",
		v1alpha1.RequestedAtAnnotation, "spec.deletionPolicy to Orphan"))
	s.Expect(d).To(testenv.HaveCondition(v1alpha1.InstalledCondition, metav1.ConditionFalse, v1alpha1.ReasonUninstallFailed))
	s.consistently(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed))
	s.Expect(s.executions(d, "uninstall")).To(HaveLen(1))

	s.ask(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// Inputs that made the uninstall fail can be corrected: the deployment is updated with them before the retry.
func TestUninstallFailsAndItsInputsAreCorrected(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"fail_stop": "the volume is busy"})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed, "the volume is busy"))
	s.update(d, func() { d.Spec.Inputs["no_such"] = testenv.JSON(1) })
	s.Eventually(func() []simulator.Execution { return s.executions(d, "uninstall") }).Should(HaveLen(2), "what is wrong with them holds nothing up")
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed, "the volume is busy"))

	s.update(d, func() {
		delete(d.Spec.Inputs, "no_such")
		d.Spec.Inputs["fail_stop"] = testenv.JSON("")
	})
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.changes(updateRoute)).To(HaveLen(1))
	s.Expect(s.sim.RequestCount("POST executions")).To(Equal(4), "one install and three uninstalls")
}

func TestUninstallFailsAndIsGivenUp(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"fail_stop": "the volume is busy"})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed, "the volume is busy"))
	s.update(d, func() { orphaned(d) })
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(HaveLen(1))
}

func TestUninstallIgnoresFailure(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"fail_stop": "stuck"})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed, "stuck", "ignoreFailure"))
	s.update(d, func() { d.Spec.Uninstall = &v1alpha1.UninstallOptions{IgnoreFailure: true} })
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func TestUninstallFailsAndSomebodyRemovesTheRest(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{"fail_stop": "the volume is busy"})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonUninstallFailed))
	s.sim.RemoveDeployment(remoteID(d))
	s.gone(d)
}

func TestDeleteFails(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.sim.FailWorkflow("delete_deployment_environment", "the database is read-only", 1)
	s.delete(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonDeleteFailed, "the database is read-only", v1alpha1.RequestedAtAnnotation, "Orphan"))
	s.ask(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// userOf creates a deployment that uses a capability of another at the Manager, and waits until it is ready.
func (s *story) userOf(d *v1alpha1.CloudifyDeployment) *v1alpha1.CloudifyDeployment {
	s.t.Helper()
	uses := s.cellar("value: {get_input: name}", "value: {get_capability: [{get_input: name}, url]}")
	user := testenv.Deployment(s.name, "user", "user", testenv.Inputs(map[string]any{"name": remoteID(d)}))
	s.create(testenv.Blueprint(s.name, "user", testenv.At(s.name), testenv.Inline(uses)), user)
	s.eventually(user, testenv.BeReady())
	return user
}

func TestDeleteWaitsForDependents(t *testing.T) {
	s := tell(t)
	s.blueprint()
	database := s.installed("database")
	user := s.userOf(database)

	s.delete(database)
	s.eventually(database, testenv.BeWaiting(v1alpha1.ReasonDependentsExist, remoteID(user)+" (CloudifyDeployment user)", "Delete those first", "Orphan"))
	s.Expect(s.remote(database).Installed()).To(BeTrue())
	s.Expect(s.executions(database, "uninstall")).To(BeEmpty(), "what would be refused is not tried")
	s.delete(user)
	s.gone(user, database)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func TestOrphanLetsGoAtOnce(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(*story){
		"all is well":                    func(*story) {},
		"the Manager is down":            func(s *story) { s.sim.SetDown(simulator.DownRefused) },
		"the Secret is gone":             func(s *story) { s.delete(s.secret()) },
		"the CloudifyManager is gone":    (*story).loseManager,
		"the Manager forgot everything":  func(s *story) { s.sim.Wipe() },
		"the Manager refuses to log in":  func(s *story) { s.sim.SetPassword("another") },
		"the Manager is in maintenance":  func(s *story) { s.sim.SetMaintenance("activated") },
		"the blueprint object is gone":   func(s *story) { s.loseBlueprint() },
		"everything at once has changed": func(s *story) { s.sim.Wipe(); s.loseBlueprint(); s.loseManager() },
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			s.blueprint()
			d := s.installed("shop")
			s.update(d, func() { orphaned(d) })
			trouble(s)
			left := s.sim.Deployments()
			s.delete(d)
			s.gone(d)
			s.Expect(s.sim.Deployments()).To(Equal(left))
			s.Expect(s.changes("POST executions")).To(HaveLen(1), "the Manager is not asked")
			s.Expect(s.changes("DELETE deployments")).To(BeEmpty())
		})
	}
}

// loseManager takes the CloudifyManager away by force, although it is in use.
func (s *story) loseManager() {
	s.t.Helper()
	s.delete(s.manager)
	s.force(s.manager)
}

// loseBlueprint takes the blueprint's object away by force.
func (s *story) loseBlueprint() {
	s.t.Helper()
	b := testenv.Blueprint(s.name, "cellar")
	s.delete(b)
	s.force(b)
}

// force takes an object's finalizers away.
func (s *story) force(o client.Object) {
	s.t.Helper()
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))
	s.Expect(client.IgnoreNotFound(env.Client.Patch(s.t.Context(), o, patch))).To(Succeed())
}

func TestDeleteWithoutCredentials(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.delete(s.secret())
	s.eventually(s.manager, testenv.BeWaiting(v1alpha1.ReasonInvalidCredentials))
	s.delete(d)
	s.eventually(d, testenv.BeUnknown(v1alpha1.ReasonManagerNotReady,
		"CloudifyManager "+s.name+" is not connected", "Secret "+s.operator.namespace+"/"+s.name+" not found", "spec.deletionPolicy to Orphan"))

	s.create(testenv.Credentials(s.operator.namespace, s.name, "admin", password))
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

func TestDeleteWithoutCloudifyManager(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.loseManager()
	s.delete(d)
	s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonManagerNotFound, "CloudifyManager "+s.name+" not found: create it", "spec.deletionPolicy to Orphan"))

	s.manager = testenv.Manager(s.name, s.sim.URL)
	s.create(s.manager)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// The operator stops asking a Manager whose CloudifyManager somebody removed by force.
func TestManagerTakenAwayByForce(t *testing.T) {
	s := tell(t)
	s.listsPass(2)
	s.loseManager()
	s.gone(s.manager)
	asked := 0
	s.Eventually(func() bool { // no poll in two intervals
		before := asked
		asked = s.sim.RequestCount("")
		return asked == before
	}).WithPolling(3 * time.Second).Should(BeTrue())
	s.manager = testenv.Manager(s.name, s.sim.URL)
	s.connect()
}

// A reference with a typo names a Manager that never existed, so nothing can be there. Where something may be, the object
// waits.
func TestDeleteWhatNeverHadAManager(t *testing.T) {
	s := begin(t, nil)
	typo := s.name + "-typo"
	b := testenv.Blueprint(s.name, "cellar", testenv.At(typo), testenv.Inline(s.cellar()))
	found := testenv.Blueprint(s.name, "found", testenv.At(typo), func(b *v1alpha1.CloudifyBlueprint) { b.Spec.DeletionPolicy = v1alpha1.DeletionPolicyDelete })
	d := s.deployment("shop", nil)
	s.create(b, found, d)
	for _, o := range []testenv.Object{b, found, d} {
		s.eventually(o, testenv.BeWaiting(v1alpha1.ReasonManagerNotFound, "CloudifyManager "+typo+" not found"))
	}
	s.delete(b, found)
	s.gone(found)
	s.eventually(b, testenv.BeWaiting(v1alpha1.ReasonInUse, s.name+"/shop"))
	s.delete(d)
	s.gone(d, b)
}

func TestDeleteWithoutBlueprintObject(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	s.loseBlueprint()
	s.consistently(d, testenv.BeReady())
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}
