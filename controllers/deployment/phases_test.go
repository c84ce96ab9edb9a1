// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// nodecellar is a blueprint of shop that is ready, unless it is made something else.
func nodecellar(options ...func(*v1alpha1.CloudifyBlueprint)) *v1alpha1.CloudifyBlueprint {
	b := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "nodecellar", Generation: 1}}
	b.Status.ObservedGeneration, b.Status.BlueprintID = 1, "nodecellar-1"
	outcome.SetSummary(&b.Status.Conditions, 1, outcome.Classify(nil), "")
	for _, option := range options {
		option(b)
	}
	return b
}

func elsewhere(b *v1alpha1.CloudifyBlueprint) { b.Namespace = "catalog" }

func forAll(b *v1alpha1.CloudifyBlueprint) {
	b.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll}
}

func uploading(b *v1alpha1.CloudifyBlueprint) {
	outcome.SetSummary(&b.Status.Conditions, 1, outcome.Classify(outcome.Wait("Uploading", "")), "")
}

func broken(b *v1alpha1.CloudifyBlueprint) {
	outcome.SetSummary(&b.Status.Conditions, 1, outcome.Classify(outcome.Stall("UploadFailed", "")), "")
}

func goingAway(b *v1alpha1.CloudifyBlueprint) { b.DeletionTimestamp = new(metav1.NewTime(began)) }

func ofAnotherManager(b *v1alpha1.CloudifyBlueprint) {
	b.Spec.ManagerRef = &v1alpha1.ManagerReference{Name: "other"}
}

// from makes it the deployment's blueprint, which is in the cache, or is not.
func from(b *v1alpha1.CloudifyBlueprint) option {
	return func(s *scope) {
		s.blueprint = b
		if b != nil && b.Namespace != "shop" {
			s.deployment.Spec.BlueprintRef.Namespace = b.Namespace
		}
	}
}

func given(values map[string]string) option {
	return func(s *scope) {
		s.deployment.Spec.Inputs = map[string]v1alpha1.JSON{}
		for name, value := range values {
			s.deployment.Spec.Inputs[name] = v1alpha1.JSON{Raw: []byte(value)}
		}
	}
}

// Only a new deployment needs its blueprint: one that exists lives on without.
func TestPrepare(t *testing.T) {
	port := map[string]string{"port": "8080"}
	installed := deployed("active", run(workflowInstall, "terminated", ask))
	failed := created("active", creation("failed", map[string]any{"port": 8080}))

	for _, row := range []struct {
		name    string
		options []option
		kind    outcome.Kind
		reason  string
		words   []string
	}{
		{"create", []option{from(nodecellar()), given(port)}, outcome.Done, "Ready", nil},
		{"create without inputs", []option{from(nodecellar())}, outcome.Done, "Ready", nil},
		{"create of one that all may use", []option{from(nodecellar(elsewhere, forAll))}, outcome.Done, "Ready", nil},
		{"create, blueprint gone", []option{from(nil)}, outcome.Waiting, "BlueprintNotFound", []string{"CloudifyBlueprint shop/nodecellar not found: create it"}},
		{"create, blueprint not ready", []option{from(nodecellar(uploading))}, outcome.Waiting, "BlueprintNotReady", []string{"shop/nodecellar", "Uploading"}},
		{"create, blueprint being deleted", []option{from(nodecellar(goingAway))}, outcome.Waiting, "BlueprintNotReady", []string{"is being deleted"}},
		{"create, blueprint not for this namespace", []option{from(nodecellar(elsewhere))}, outcome.Waiting, "BlueprintNotAllowed", []string{"catalog/nodecellar", "namespace shop", "spec.allowedNamespaces"}},
		{"create, blueprint of another Manager", []option{from(nodecellar(ofAnotherManager))}, outcome.Stalled, "BlueprintNotAllowed", []string{"CloudifyManager default", "other"}},
		{"create again, blueprint gone", []option{from(nil), failed}, outcome.Waiting, "BlueprintNotFound", nil},

		{"exists, blueprint gone", []option{from(nil), installed, given(port)}, outcome.Done, "Ready", nil},
		{"exists, blueprint not allowed any more", []option{from(nodecellar(elsewhere)), installed, given(port)}, outcome.Done, "Ready", nil},
		{"update", []option{from(nodecellar()), installed, given(map[string]string{"port": "9090"})}, outcome.Done, "Ready", nil},
		{"update, blueprint not ready", []option{from(nodecellar(uploading)), installed, given(map[string]string{"port": "9090"})}, outcome.Waiting, "BlueprintNotReady", nil},
		{"update, newest revision of the blueprint of no use", []option{from(nodecellar(broken)), installed, given(map[string]string{"port": "9090"})}, outcome.Done, "Ready", nil},
		{"update, blueprint of no use and not allowed any more", []option{from(nodecellar(elsewhere, broken)), installed, given(map[string]string{"port": "9090"})}, outcome.Waiting, "BlueprintNotAllowed", nil},
		{"create, newest revision of the blueprint of no use", []option{from(nodecellar(broken))}, outcome.Waiting, "BlueprintNotReady", []string{"UploadFailed"}},
		{"create again, newest revision of the blueprint of no use", []option{from(nodecellar(broken)), failed}, outcome.Waiting, "BlueprintNotReady", nil},
		{"upgrade, newest revision of the blueprint of no use", []option{from(nodecellar(broken)), installed, operation(2, "2.0.0"), brought(1, "1.0.0")}, outcome.Waiting, "BlueprintNotReady", nil},
		{"deleted, blueprint gone, inputs wrong", []option{from(nil), deleting, installed, given(map[string]string{"prot": "1"})}, outcome.Done, "Ready", nil},
		{"busy, inputs wrong", []option{from(nodecellar()), deployed("inactive", run(workflowInstall, "started", ask)), given(map[string]string{"prot": "1"})}, outcome.Done, "Ready", nil},

		{"an input of another type", []option{from(nodecellar()), given(map[string]string{"port": `"8080"`})}, outcome.Stalled, "InvalidInputs", []string{`input "port" must be an integer`}},
		{"an unknown input", []option{from(nodecellar()), given(map[string]string{"prot": "8080"})}, outcome.Stalled, "InvalidInputs", []string{`input "prot" is not declared by the blueprint`}},
		{"a function", []option{from(nodecellar()), given(map[string]string{"password": `{"get_secret": "root"}`})}, outcome.Stalled, "InvalidInputs", []string{"password"}},
		{"an unknown input of one that exists", []option{from(nodecellar()), installed, given(map[string]string{"prot": "1"})}, outcome.Stalled, "InvalidInputs", nil},
		{"a template that cannot be read", []option{from(nodecellar(func(b *v1alpha1.CloudifyBlueprint) { b.Status.BlueprintID = "gone" }))}, outcome.Retry, "ManagerError", []string{"read the plan of blueprint gone"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), cellar(row.options...)
			s.conn, _ = manager{}.connect(t, r)
			s.schema.Inputs, s.given, s.inputs = nil, nil, nil
			g.Expect(r.prepare(t.Context(), s)).To(ends(row.kind, row.reason, row.words...))
		})
	}
}

func TestPrepareFillsTheScope(t *testing.T) {
	g := NewWithT(t)
	r, s := newReconciler(t), cellar(from(nodecellar()), given(map[string]string{"port": "8080"}))
	s.conn, _ = manager{}.connect(t, r)
	g.Expect(r.prepare(t.Context(), s)).To(Succeed())
	g.Expect(s.revision).To(Equal("nodecellar-1"))
	g.Expect(s.given).To(HaveLen(1), "what is created is what was given, the rest is the blueprint's")
	g.Expect(s.inputs).To(And(HaveLen(2), HaveKey("port"), HaveKeyWithValue("password", "")))
	g.Expect(s.schema.Inputs["password"].Hidden).To(BeTrue())
}

// A reconcile that ends early still shows the last execution, whose error may repeat a secret.
func TestSecretsAreKnownHoweverPrepareEnds(t *testing.T) {
	for name, blueprint := range map[string]option{"blueprint gone": from(nil), "blueprint not ready": from(nodecellar(uploading))} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			broken := creation("failed", nil)
			broken.Error = "cannot use " + secret
			r, s := newReconciler(t), cellar(blueprint, created("active", broken), given(map[string]string{"password": `"` + secret + `"`}))
			s.conn, _ = manager{}.connect(t, r)
			s.schema.Inputs, s.given, s.inputs = nil, nil, nil
			g.Expect(r.prepare(t.Context(), s)).NotTo(Succeed())
			g.Expect(executionStatus(s).Error).To(Equal("cannot use ******"))
			g.Expect(createdCondition(s, outcome.Outcome{}).Message).To(Equal("cannot use ******"))
		})
	}
}

func TestChooseRevision(t *testing.T) {
	newer := nodecellar(func(b *v1alpha1.CloudifyBlueprint) {
		b.Status.BlueprintID = "nodecellar-2"
		b.Status.Revisions = []v1alpha1.BlueprintRevision{
			{BlueprintID: "nodecellar-2", UploadedAt: new(metav1.NewTime(began))}, {BlueprintID: "nodecellar-1", UploadedAt: new(metav1.NewTime(began))},
		}
	})
	for _, row := range []struct {
		name     string
		scope    *scope
		revision string
	}{
		{"new", cellar(from(newer)), "nodecellar-2"},
		{"new, blueprint gone", cellar(from(nil)), ""},
		{"exists: nothing moves unasked", cellar(from(newer), deployed("active")), "nodecellar-1"},
		{"exists, blueprint gone", cellar(from(nil), deployed("active")), "nodecellar-1"},
		{"create failed", cellar(from(newer), created("active", creation("failed", nil))), "nodecellar-2"},
		{"vanished", cellar(from(newer), applied("nodecellar-1")), "nodecellar-1"},
		{"vanished, of a revision that is there no more", cellar(from(newer), applied("nodecellar-0")), "nodecellar-2"},
		{"vanished, following the latest", cellar(from(newer), applied("nodecellar-1"), following), "nodecellar-2"},
		{"vanished, and its creation failed", cellar(from(newer), applied("nodecellar-1"), created("active", creation("failed", nil))), "nodecellar-1"},
		{"moved by somebody", cellar(from(newer), applied("nodecellar-1"), deployed("active"), made("nodecellar-2")), "nodecellar-1"},
		{"moved by somebody from a revision that is there no more", cellar(from(newer), applied("nodecellar-0"), deployed("active")), "nodecellar-1"},
		{"exists, following the latest", cellar(from(newer), deployed("active"), following), "nodecellar-2"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			row.scope.revision = ""
			g.Expect(row.scope.chooseRevision()).To(Succeed())
			g.Expect(row.scope.revision).To(Equal(row.revision))
		})
	}
}

// applied is the revision that it was last Ready with, made the one that it has.
func applied(id string) option {
	return func(s *scope) { s.deployment.Status.Applied = &v1alpha1.AppliedStatus{Generation: 2, BlueprintID: id} }
}

func made(of string) option { return func(s *scope) { s.remote.BlueprintID = of } }

func following(s *scope) {
	s.deployment.Spec.Revision = &v1alpha1.RevisionSelection{Policy: v1alpha1.RevisionPolicyLatest}
}

// selected names a revision in the spec.
func selected(id string) option {
	return func(s *scope) { s.deployment.Spec.Revision = &v1alpha1.RevisionSelection{BlueprintID: id} }
}

func TestOnlyWhatWasUploadedIsARevision(t *testing.T) {
	b := nodecellar(func(b *v1alpha1.CloudifyBlueprint) {
		b.Status.Revisions = []v1alpha1.BlueprintRevision{
			{BlueprintID: "nodecellar-3"}, {BlueprintID: "nodecellar-2", UploadedAt: new(metav1.NewTime(began))},
		}
	})
	for id, known := range map[string]bool{"nodecellar-1": true, "nodecellar-2": true, "nodecellar-3": false, "nodecellar-4": false} {
		s := cellar(from(b), selected(id))
		err := s.chooseRevision()
		if known {
			NewWithT(t).Expect(err).NotTo(HaveOccurred(), id)
			NewWithT(t).Expect(s.revision).To(Equal(id))
		} else {
			NewWithT(t).Expect(err).To(ends(outcome.Stalled, "UnknownRevision", id), id)
		}
	}
	NewWithT(t).Expect(cellar(from(b), selected("nodecellar-0"), deployed("active"), made("nodecellar-0")).chooseRevision()).
		To(Succeed(), "it has it already")
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
			_, err := r.report(t.Context(), s, outcome.Classify(outcome.Stall("InvalidInputs", "port must be an integer")))
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

func TestClaim(t *testing.T) {
	unclaimed := func(s *scope) { s.deployment.Annotations, s.deployment.Finalizers = nil, nil }
	for _, row := range []struct {
		name      string
		options   []option
		blueprint *v1alpha1.CloudifyBlueprint
		kind      outcome.Kind
		reason    string
		manager   string // that the object belongs to afterwards
	}{
		{"new", []option{unclaimed}, nodecellar(ofAnotherManager), outcome.Done, "Ready", "other"},
		{"new, blueprint missing", []option{unclaimed}, nil, outcome.Waiting, "BlueprintNotFound", ""},
		{"claimed", nil, nil, outcome.Done, "Ready", "default"},
		{"claimed, blueprint of another Manager", nil, nodecellar(ofAnotherManager), outcome.Done, "Ready", "default"},
		{"deleted", []option{deleting, status(nil, metav1.ConditionTrue, metav1.ConditionTrue)}, nil, outcome.Done, "Ready", "default"},
		{"deleted, not found at the Manager", []option{deleting, status(nil, metav1.ConditionFalse, metav1.ConditionFalse)}, nil, outcome.Done, "Ready", "default"},
		{"deleted, never looked for", []option{deleting}, nil, outcome.Released, "", ""},
		{"deleted, to be left", []option{deleting, orphaned}, nil, outcome.Released, "", ""},
		{"deleted, annotation taken away", []option{deleting, func(s *scope) { s.deployment.Annotations = nil }}, nil, outcome.Released, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(row.options...)
			objects := []client.Object{s.deployment.DeepCopy()}
			if row.blueprint != nil {
				objects = append(objects, row.blueprint)
			}
			r := newReconciler(t, objects...)
			g.Expect(r.Get(t.Context(), s.key, s.deployment)).To(Succeed())
			g.Expect(r.claim(t.Context(), s)).To(ends(row.kind, row.reason))

			var stored v1alpha1.CloudifyDeployment
			err := r.Get(t.Context(), s.key, &stored)
			if row.kind == outcome.Released {
				g.Expect(client.IgnoreNotFound(err)).To(Succeed())
				g.Expect(err).To(HaveOccurred())
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(stored.Annotations[v1alpha1.ManagerAnnotation]).To(Equal(row.manager))
			g.Expect(stored.Finalizers != nil).To(Equal(row.manager != ""))
			if s.blueprint != nil {
				g.Expect(s.before.ResourceVersion).To(Equal(stored.ResourceVersion), "the status is written over what was claimed")
			}
		})
	}
}
