// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// timedInstall creates a deployment whose install never ends, with a timeout.
func (s *story) timedInstall(timeout time.Duration) *v1alpha1.CloudifyDeployment {
	s.t.Helper()
	d := s.deployment("shop", map[string]any{"install_seconds": forever})
	d.Spec.Install = &v1alpha1.InstallOptions{Timeout: &metav1.Duration{Duration: timeout}}
	s.create(d)
	return d
}

// An operator that is restarted more often than a timeout lasts still enforces the timeout.
func TestTimeoutGoesOnThroughRestarts(t *testing.T) {
	o := startOperator(t)
	s := tellOf(t, o)
	s.blueprint()
	const timeout = 20 * time.Second
	d := s.timedInstall(timeout)
	s.installing(d)
	began, life := time.Now(), time.Now()
	for time.Since(began) < timeout && len(s.changes("POST executions/{id}")) == 0 {
		time.Sleep(timeout / 4) // how long each operator lives
		s.Expect(o.halt()).To(Succeed())
		life = time.Now()
		s.Expect(o.start()).To(Succeed())
	}
	s.Eventually(func() []simulator.Change { return s.changes("POST executions/{id}") }).ShouldNot(BeEmpty())
	s.Expect(time.Since(life)).To(BeNumerically("<", timeout), "the last life alone was too short for it")
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonTimedOut, "workflow install was cancelled"))
	s.Expect(d.Status.TimedOutExecution).To(Equal(s.executions(d, "install")[0].ID))
}

// Why an execution was cancelled is not forgotten while the Manager is away, nor while the operator is, nor when somebody runs
// another workflow.
func TestWhatTimedOutIsRemembered(t *testing.T) {
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.CancelGrace = 10 * time.Second }))
	s.blueprint()
	s.sim.IgnoreCancel("install", 1)
	d := s.timedInstall(time.Second)
	s.eventually(d, And(testenv.BeWaiting(v1alpha1.ReasonTimedOut), HaveField("Status.Execution.CancelledAt", Not(BeNil()))))
	s.sim.SetDown(simulator.DownBadGateway)
	s.eventually(d, HaveField("Status.Conditions", ContainElement(And(
		HaveField("Type", v1alpha1.ReadyCondition), HaveField("Status", metav1.ConditionUnknown)))))
	s.Expect(s.operator.halt()).To(Succeed())
	s.Expect(s.operator.start()).To(Succeed())
	s.sim.SetDown(simulator.Up)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonTimedOut, "workflow install was cancelled"))

	_, err := s.sim.StartExecution(remoteID(d), "execute_operation", map[string]any{"operation": "cloudify.interfaces.lifecycle.start"})
	s.Expect(err).NotTo(HaveOccurred())
	s.Eventually(s.fresh(d)).Should(HaveField("Status.Execution.Workflow", "execute_operation"))
	s.afterForever()
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonTimedOut, "workflow install was cancelled"))
}

// One more deployment of a plan causes no work for the others.
func TestOneMoreInstanceConcernsNoOther(t *testing.T) {
	o := startOperator(t)
	s := tellOf(t, o)
	b := s.blueprint(func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{{Name: "small", Inputs: map[string]v1alpha1.JSON{"port": testenv.JSON(81)}}}}
	})
	const others = 10
	instance := func(i int) *v1alpha1.CloudifyDeployment {
		d := s.deployment(fmt.Sprintf("shop-%d", i), nil)
		d.Spec.Plan = "small"
		s.create(d)
		return d
	}
	var all []*v1alpha1.CloudifyDeployment
	for i := range others {
		all = append(all, instance(i))
	}
	for _, d := range all {
		s.eventually(d, testenv.BeReady())
	}
	s.eventually(b, HaveField("Status.Revisions", HaveExactElements(HaveField("Deployments", BeEquivalentTo(others)))))
	s.listsPass(3)
	o.looks.reset()
	one := instance(others)
	s.eventually(one, testenv.BeReady())
	s.eventually(b, HaveField("Status.Revisions", HaveExactElements(HaveField("Deployments", BeEquivalentTo(others+1)))))
	s.listsPass(3)
	s.Expect(o.looks.at(one, s.name)).To(HaveExactElements(one.Name), "nobody else is looked at")
}

// An outputs Secret that is lost comes back at once, and one that lost its labels has them again.
func TestLostOutputsSecretComesBack(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "shop-outputs"}}
	s.fetch(secret)
	first := secret.UID
	s.delete(secret)
	s.Eventually(s.outputs("shop-outputs")).Should(HaveLen(2))
	s.fetch(secret)
	s.Expect(secret.UID).NotTo(Equal(first))

	s.update(secret, func() { secret.Labels = nil })
	s.Eventually(func() map[string]string { s.fetch(secret); return secret.Labels }).ShouldNot(BeEmpty())
	s.eventually(d, testenv.BeReady())
}

// What changed while the operator was down is noticed, at a resync or by the watch, and until then nothing else is read.
func TestReferenceThatChangedBetweenTwoLives(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]func(*controllers.Options){
		"at a resync": func(o *controllers.Options) { o.Resync = 2 * time.Second },
		"by a watch":  func(o *controllers.Options) { o.WatchReferences = true },
	} {
		t.Run(name, func(t *testing.T) {
			o := startOperator(t, options)
			s := tellOf(t, o)
			s.blueprint()
			secret := s.access("first-password")
			d := s.fed("shop", "password")
			files := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "files"}, Data: cellar(t)}
			b := testenv.Blueprint(s.name, "filed", testenv.At(s.name), testenv.FromConfigMap("files"))
			s.create(d, files, b)
			s.eventually(d, testenv.BeReady())
			s.eventually(b, testenv.BeReady())
			first := b.Status.BlueprintID
			s.Expect(o.halt()).To(Succeed())
			s.update(secret, func() { secret.Data["password"] = []byte(hidden) })
			s.update(files, func() { files.Data = cellar(t, "default: small", "default: large") })
			s.Expect(o.start()).To(Succeed())
			s.Eventually(s.input(d, "password")).Should(Equal(hidden))
			s.eventually(d, testenv.BeReady())
			s.eventually(b, And(testenv.BeReady(), HaveField("Status.BlueprintID", Not(Equal(first)))))
			s.Expect(strings.Count(fmt.Sprint(plainly(d)), hidden)).To(BeZero())
		})
	}
}

// What did not change is not read after a restart, with a watch or without.
func TestNothingIsReadAfterARestart(t *testing.T) {
	t.Parallel()
	for name, watches := range map[string]bool{"without a watch": false, "with a watch": true} {
		t.Run(name, func(t *testing.T) {
			o := startOperator(t, func(o *controllers.Options) { o.WatchReferences = watches })
			s := tellOf(t, o)
			s.access(hidden)
			s.create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "files"}, Data: cellar(t)})
			b := s.blueprint(func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Source = nil }, testenv.FromConfigMap("files"))
			d, access := s.fed("shop", "password"), s.binding()
			access.Name, access.Spec.SecretName = "shop", "shop-credentials"
			s.create(d, access)
			s.eventually(d, testenv.BeReady())
			s.eventually(access, testenv.BeReady())
			s.eventually(b, HaveField("Status.Revisions", HaveExactElements(HaveField("Deployments", BeEquivalentTo(1)))))

			s.Expect(o.halt()).To(Succeed())
			s.sim.ResetRequests()
			o.calls.reset()
			s.Expect(o.start()).To(Succeed())
			s.listsPass(3)
			s.Expect(o.calls.ofOne()).To(BeZero(), "%s", &o.calls)
		})
	}
}
