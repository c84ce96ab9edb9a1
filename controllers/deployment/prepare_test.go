// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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
		{"a plan that cannot be read", []option{from(nodecellar(func(b *v1alpha1.CloudifyBlueprint) { b.Status.BlueprintID = "gone" }))}, outcome.Retry, "ManagerError", []string{"read the plan of blueprint gone"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), cellar(row.options...)
			s.conn, _ = manager{}.connect(t, r)
			s.want, s.hidden = nil, hidden{}
			g.Expect(r.prepare(t.Context(), s)).To(ends(row.kind, row.reason, row.words...))
		})
	}
}

func TestPrepareFillsTheScope(t *testing.T) {
	g := NewWithT(t)
	r, s := newReconciler(t), cellar(from(nodecellar()), given(map[string]string{"port": "8080"}))
	s.conn, _ = manager{}.connect(t, r)
	g.Expect(r.prepare(t.Context(), s)).To(Succeed())
	g.Expect(s.want.revision).To(Equal("nodecellar-1"))
	g.Expect(s.want.given).To(HaveLen(1), "what is created is what was given, the rest is the blueprint's")
	g.Expect(s.want.effective).To(And(HaveLen(2), HaveKey("port"), HaveKeyWithValue("password", "")))
	g.Expect(s.want.schema.Inputs["password"].Hidden).To(BeTrue())
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
			s.want, s.hidden = nil, hidden{}
			g.Expect(r.prepare(t.Context(), s)).NotTo(Succeed())
			g.Expect(s.executionStatus().Error).To(Equal("cannot use ******"))
			g.Expect(s.createdCondition(outcome.Outcome{}).Message).To(Equal("cannot use ******"))
		})
	}
}
