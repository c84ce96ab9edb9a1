// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// shows is the revision that the status says the deployment has, and the one it announces.
func shows(revision, newer string) option {
	return func(s *scope) {
		s.deployment.Status.BlueprintID, s.deployment.Status.NewerBlueprintID = revision, newer
	}
}

// sized has a plan that fixes the port to a value, as JSON.
func sized(port string) func(*v1alpha1.CloudifyBlueprint) {
	return func(b *v1alpha1.CloudifyBlueprint) {
		b.UID = "b1"
		b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{{Name: "small", Inputs: map[string]v1alpha1.JSON{"port": {Raw: []byte(port)}}}}}
	}
}

func small(s *scope) { s.deployment.Spec.Plan = "small" }

// seen is what the status was made with: the plan of such a blueprint, and references.
func seen(blueprint func(*v1alpha1.CloudifyBlueprint), references string) option {
	return func(s *scope) {
		s.deployment.Status.ObservedInputs = &v1alpha1.ObservedInputs{References: references}
		if blueprint != nil {
			s.deployment.Status.ObservedInputs.Plan = planDigest(nodecellar(blueprint), "small")
		}
	}
}

func read(digest string) option {
	return func(s *scope) { s.references = referred{read: true, digest: digest} }
}

func timedOut(id string) option {
	return func(s *scope) { s.deployment.Status.TimedOutExecution = id }
}

// A digest is nothing that a value could be guessed by, for who may not read the blueprint.
func TestPlanDigest(t *testing.T) {
	g := NewWithT(t)
	first := planDigest(nodecellar(sized(`"secret"`)), "small")
	g.Expect(first).To(HaveLen(32))
	g.Expect(planDigest(nodecellar(sized(`"secret"`)), "")).To(BeEmpty())
	g.Expect(planDigest(nodecellar(sized(` "secret"`)), "small")).To(Equal(first))
	g.Expect(planDigest(nodecellar(sized(`"Secret"`)), "small")).NotTo(Equal(first))
	g.Expect(planDigest(nodecellar(sized(`"secret"`), func(b *v1alpha1.CloudifyBlueprint) { b.UID = "b2" }), "small")).NotTo(Equal(first))
}

// What a reconcile was made with is noted once it came to an end, and what was not looked at stays.
func TestObservedInputs(t *testing.T) {
	plan := planDigest(nodecellar(sized("1")), "small")
	for _, row := range []struct {
		name  string
		scope *scope
		end   error
		want  *v1alpha1.ObservedInputs
	}{
		{"nothing from outside", cellar(from(nodecellar()), read("")), nil, nil},
		{"a plan", cellar(from(nodecellar(sized("1"))), small, read("")), nil, &v1alpha1.ObservedInputs{Plan: plan}},
		{"references", cellar(from(nodecellar()), read("a")), nil, &v1alpha1.ObservedInputs{References: "a"}},
		{"failed for good", cellar(from(nodecellar()), seen(nil, "a"), read("b")), outcome.Stall("InstallFailed", ""), &v1alpha1.ObservedInputs{References: "b"}},
		{"on its way", cellar(from(nodecellar()), seen(nil, "a"), read("b")), outcome.Wait("Updating", ""), &v1alpha1.ObservedInputs{References: "a"}},
		{"no references any more", cellar(from(nodecellar()), seen(nil, "a"), read("")), nil, nil},
		{"blueprint gone", cellar(from(nil), small, seen(sized("1"), "a"), read("b")), nil, &v1alpha1.ObservedInputs{Plan: plan, References: "b"}},
		{"deleted, and references not read", cellar(deleting, from(nodecellar()), seen(nil, "a")), outcome.Stall("UninstallFailed", ""), &v1alpha1.ObservedInputs{References: "a"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.scope.setObservedInputs(outcome.Classify(row.end))
			NewWithT(t).Expect(row.scope.deployment.Status.ObservedInputs).To(Equal(row.want))
		})
	}
}

// After a start references are read at a resync, each at its time; what is not settled has them read at once.
func TestReferencesAreLeftUnread(t *testing.T) {
	g := NewWithT(t)
	access := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "access", UID: "s1"}, Data: map[string][]byte{"password": []byte("p")}}
	r := newReconciler(t, access)
	r.Reporter.Resync = time.Hour
	fed := func(s *scope) {
		s.deployment.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "password", SecretKeyRef: &v1alpha1.KeyReference{Name: "access", Key: "password"}}}
	}
	ready := status(nil, "True", "True")
	fresh := cellar(ready, fed)
	g.Expect(r.referencesStand(t.Context(), fresh)).To(BeFalse(), "the status does not say what they were")
	g.Expect(r.readReferences(t.Context(), fresh)).To(Succeed())
	r.reads.Forget(uid) // as a restart does

	stands := cellar(ready, fed, seen(nil, fresh.references.digest))
	g.Expect(r.referencesStand(t.Context(), stands)).To(BeTrue())
	g.Expect(stands.references.again).To(And(BeNumerically(">", 0), BeNumerically("<=", time.Hour)))
	g.Expect(stands.settled()).To(BeTrue())
	g.Expect(r.referencesStand(t.Context(), cellar(ready, fed, seen(nil, fresh.references.digest), requested))).To(BeFalse())
	r.reads.Done(uid, time.Now(), 0)
	g.Expect(r.referencesStand(t.Context(), cellar(ready, fed, seen(nil, fresh.references.digest)))).To(BeFalse(), "they are due")

	again := cellar(ready, fed, seen(nil, fresh.references.digest))
	g.Expect(r.readReferences(t.Context(), again)).To(Succeed())
	g.Expect(again.settled()).To(BeTrue(), "nobody changed them")
	g.Expect(r.Get(t.Context(), types.NamespacedName{Namespace: "shop", Name: "access"}, access)).To(Succeed())
	access.Data["password"] = []byte("q")
	g.Expect(r.Update(t.Context(), access)).To(Succeed())
	g.Expect(r.readReferences(t.Context(), again)).To(Succeed())
	g.Expect(again.settled()).To(BeFalse())
}

// Deployments are woken by what concerns them of their blueprint.
func TestConcerning(t *testing.T) {
	uploadedAt := new(metav1.NewTime(began))
	counted := func(n int32) func(*v1alpha1.CloudifyBlueprint) {
		return func(b *v1alpha1.CloudifyBlueprint) {
			b.Status.Revisions = []v1alpha1.BlueprintRevision{{BlueprintID: "nodecellar-1", UploadedAt: uploadedAt, Deployments: n}}
		}
	}
	for _, row := range []struct {
		name   string
		change func(*v1alpha1.CloudifyBlueprint)
		woken  bool
	}{
		{"nothing", func(*v1alpha1.CloudifyBlueprint) {}, false},
		{"one more is made of it", counted(41), false},
		{"its description", func(b *v1alpha1.CloudifyBlueprint) { b.Status.Description = "A cellar" }, false},
		{"its display", func(b *v1alpha1.CloudifyBlueprint) { b.Status.Outputs = []string{"url"} }, false},
		{"a label", func(b *v1alpha1.CloudifyBlueprint) { b.Labels = map[string]string{"team": "wine"} }, false},
		{"a plan written otherwise", sized(" 1"), false},
		{"a plan", sized("2"), true},
		{"another plan", func(b *v1alpha1.CloudifyBlueprint) {
			b.Spec.Offering.Plans = append(b.Spec.Offering.Plans, v1alpha1.Plan{Name: "large"})
		}, true},
		{"what is sensitive", func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering.SensitiveInputs = []string{"port"} }, true},
		{"who may use it", forAll, true},
		{"its deletion", goingAway, true},
		{"not ready any more", uploading, true},
		{"a new revision", func(b *v1alpha1.CloudifyBlueprint) { b.Status.BlueprintID = "nodecellar-2" }, true},
		{"an old revision gone", func(b *v1alpha1.CloudifyBlueprint) { b.Status.Revisions = nil }, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := nodecellar(sized("1"), counted(40))
			after := before.DeepCopy()
			row.change(after)
			NewWithT(t).Expect(concerning.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after})).To(Equal(row.woken))
		})
	}
}

// Of what concerns some, only those are woken.
func TestDeploymentsOfBlueprint(t *testing.T) {
	ready := status(nil, "True", "True")
	b := nodecellar(sized("2"))
	for _, row := range []struct {
		name  string
		scope *scope
		woken bool
	}{
		{"as it should be", cellar(ready, shows("nodecellar-1", "")), false},
		{"at work", cellar(status(outcome.Wait("Installing", ""), "True", "False"), shows("nodecellar-1", "")), true},
		{"being deleted", cellar(ready, deleting, shows("nodecellar-1", "")), true},
		{"of another revision", cellar(ready, shows("nodecellar-0", "")), true},
		{"of another revision, as was told", cellar(ready, shows("nodecellar-0", "nodecellar-1")), false},
		{"of the plan as it is", cellar(ready, shows("nodecellar-1", ""), small, seen(sized("2"), "")), false},
		{"of the plan as it was", cellar(ready, shows("nodecellar-1", ""), small, seen(sized("1"), "")), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := row.scope.deployment
			NewWithT(t).Expect(unsettled(d) || !speaksOf(d, b)).To(Equal(row.woken))
		})
	}
}

func TestWhatStandsWhileTheManagerIsAway(t *testing.T) {
	failed := status(outcome.Stall(v1alpha1.ReasonInstallFailed, "no quota"), metav1.ConditionFalse, metav1.ConditionFalse)
	away, refused := outcome.WaitUnseen(0, v1alpha1.ReasonManagerNotReady, "away"), errors.New("HTTP 500")
	changing := func(s *scope) { s.decision.step = stepInstall }
	for _, row := range []struct {
		name   string
		scope  *scope
		err    error
		stands bool
	}{
		{"failed, and not connected", cellar(failed), away, true},
		{"failed, and an error", cellar(failed), refused, true},
		{"failed to delete, and not connected", cellar(failed, deleting), away, true},
		{"failed, and retried", cellar(failed, requested), away, false},
		{"failed, and retried before", cellar(failed, requested, handled), away, true},
		{"failed, and a step is tried for other reasons", cellar(failed, changing), refused, false},
		{"failed, and found well", cellar(failed), nil, false},
		{"at work", cellar(status(outcome.Wait(v1alpha1.ReasonInstalling, "started"), metav1.ConditionTrue, metav1.ConditionFalse)), away, false},
		{"ready", cellar(status(nil, metav1.ConditionTrue, metav1.ConditionTrue)), away, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.scope.stands(outcome.Classify(row.err))).To(Equal(row.stands))
		})
	}
}

// Only an object whose status answers to spec and request may be judged by the list, or stay as it is through an outage.
func TestSettled(t *testing.T) {
	ready, failed := status(nil, "True", "True"), status(outcome.Stall("InstallFailed", ""), "True", "False")
	for _, row := range []struct {
		name    string
		scope   *scope
		settled bool
	}{
		{"ready", cellar(ready), true},
		{"failed for good", cellar(failed), true},
		{"ready, and asked before", cellar(ready, requested, handled), true},
		{"ready, but asked", cellar(ready, requested), false},
		{"failed for good, but asked", cellar(failed, requested), false},
		{"ready before the spec changed", cellar(ready, func(s *scope) { s.deployment.Generation++ }), false},
		{"ready, but deleted", cellar(ready, deleting), false},
		{"at work", cellar(status(outcome.Wait("Installing", ""), "True", "False")), false},
		{"wrong inputs, nothing there", cellar(status(outcome.Stall("InvalidInputs", ""), "False", "False")), false},
		{"new", cellar(), false},

		{"its blueprint has another revision", cellar(ready, from(nodecellar()), shows("nodecellar-0", "")), false},
		{"its blueprint has another revision, as was told", cellar(ready, from(nodecellar()), shows("nodecellar-0", "nodecellar-1")), true},
		{"its blueprint has another revision than was told", cellar(ready, from(nodecellar()), shows("nodecellar-0", "nodecellar-2")), false},
		{"following, its blueprint has another revision", cellar(ready, from(nodecellar()), shows("nodecellar-0", "nodecellar-1"), following), false},
		{"of a plan as it was", cellar(ready, from(nodecellar(sized("1"))), shows("nodecellar-1", ""), small, seen(sized("1"), "")), true},
		{"of a plan written otherwise", cellar(ready, from(nodecellar(sized(" 1 "))), shows("nodecellar-1", ""), small, seen(sized("1"), "")), true},
		{"of a plan with other values", cellar(ready, from(nodecellar(sized("2"))), shows("nodecellar-1", ""), small, seen(sized("1"), "")), false},
		{"of a plan of an earlier operator", cellar(ready, from(nodecellar(sized("1"))), shows("nodecellar-1", ""), small), false},
		{"of a plan, its blueprint gone", cellar(ready, from(nil), small, seen(sized("1"), "")), true},
		{"references unread", cellar(ready, seen(nil, "a")), true},
		{"references as they were", cellar(ready, seen(nil, "a"), read("a")), true},
		{"references that changed", cellar(ready, seen(nil, "a"), read("b")), false},
		{"failed for good, and references changed", cellar(failed, seen(nil, "a"), read("b")), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.scope.settled()).To(Equal(row.settled))
		})
	}
}

// What was found of a changed Secret is not found until the status says so: the list cannot vouch for a status that could not
// be written.
func TestOnlyAWrittenStatusIsSettled(t *testing.T) {
	for _, row := range []struct {
		name    string
		changed bool
		settled bool
	}{
		{"written", false, true},
		{"changed by somebody meanwhile", true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(status(nil, "True", "True"), deployed("active", run(workflowInstall, "terminated", ask)))
			r, _ := newReporting(t, s)
			s.before.Status.ObservedInputs = &v1alpha1.ObservedInputs{References: "access-1"}
			g.Expect(r.Status().Update(t.Context(), s.before)).To(Succeed())
			s.deployment.Status.ObservedInputs, s.deployment.ResourceVersion = s.before.Status.ObservedInputs, s.before.ResourceVersion
			if row.changed {
				stored := s.before.DeepCopy()
				stored.Labels = map[string]string{"team": "wine"}
				g.Expect(r.Update(t.Context(), stored)).To(Succeed())
			}
			s.references = referred{read: true, digest: "access-2"}
			err := report(t, r, s, outcome.Stall("InvalidInputs", "port must be an integer"))
			if row.changed {
				g.Expect(err).To(HaveOccurred())
			} else {
				g.Expect(err).NotTo(HaveOccurred())
			}

			var stored v1alpha1.CloudifyDeployment
			g.Expect(r.Get(t.Context(), s.key, &stored)).To(Succeed())
			again := newScope(&stored, "cluster")
			again.references = referred{read: true, digest: "access-2"}
			g.Expect(stored.IsReady()).To(Equal(row.changed))
			g.Expect(again.settled()).To(Equal(row.settled))
		})
	}
}
