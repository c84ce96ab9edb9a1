// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// adopts is an object that wants the deployment old, and holds it as far as its status says.
func adopts(reason string, status metav1.ConditionStatus) option {
	return func(s *scope) {
		s.deployment.Spec.DeploymentID = "old"
		s.id = "old"
		if reason != "" {
			meta.SetStatusCondition(&s.deployment.Status.Conditions, metav1.Condition{Type: v1alpha1.CreatedCondition, Status: status, Reason: reason})
		}
	}
}

// What was adopted is held while it is there; what comes back under its ID may be somebody else's.
func TestHolds(t *testing.T) {
	for _, row := range []struct {
		name  string
		scope *scope
		holds bool
	}{
		{"its own", cellar(), true},
		{"to adopt, new", cellar(adopts("", "")), false},
		{"to adopt, not allowed", cellar(adopts("AdoptionNotAllowed", "False")), false},
		{"adopted", cellar(adopts("Created", "True")), true},
		{"adopted, and being deleted", cellar(adopts("Deleting", "False")), true},
		{"adopted, and vanished", cellar(adopts("NotFound", "False")), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.scope.holds()).To(Equal(row.holds))
		})
	}
}

// adoptable lets namespaces adopt the deployment.
func adoptable(namespaces ...string) option {
	return func(s *scope) { s.history.remote.Labels[v1alpha1.RemoteLabelAdoptableBy] = namespaces }
}

// claimant is another object that wants, or has, the deployment old.
func claimant(name string, age time.Duration, options ...option) *v1alpha1.CloudifyDeployment {
	d := cellar(append([]option{adopts("", "")}, options...)...).deployment
	d.Name, d.UID, d.CreationTimestamp = name, types.UID(name), metav1.NewTime(began.Add(-age))
	return d
}

func TestMayAdopt(t *testing.T) {
	mine := deployed("active", run(workflowInstall, "terminated"))
	elsewhere := func(s *scope) { s.deployment.Annotations[v1alpha1.ManagerAnnotation] = "other" }
	inOffice := func(s *scope) { s.deployment.Namespace = "office" }
	for _, row := range []struct {
		name    string
		options []option
		others  []*v1alpha1.CloudifyDeployment
		kind    outcome.Kind
		reason  string
		words   []string
	}{
		{"allowed", []option{mine, adoptable("shop")}, nil, outcome.Done, "Ready", nil},
		{"allowed to some", []option{mine, adoptable("office", "shop")}, nil, outcome.Done, "Ready", nil},
		{"a release without labels", []option{inRelease(4, 3), mine, adoptable("shop")}, nil, outcome.Stalled, "AdoptionUnsupported", []string{"4.3.0", "without spec.deploymentID"}},
		{"missing", nil, nil, outcome.Waiting, "AdoptionMissing", []string{"no deployment old in tenant default_tenant"}},
		{"not allowed", []option{mine}, nil, outcome.Waiting, "AdoptionNotAllowed", []string{"deployment old", "k8s-adoptable-by", "shop"}},
		{"allowed to another", []option{mine, adoptable("office")}, nil, outcome.Waiting, "AdoptionNotAllowed", nil},
		{"the blueprint is missing", []option{mine, adoptable("shop"), from(nil)}, nil, outcome.Waiting, "BlueprintNotFound", nil},
		{"of another blueprint", []option{mine, adoptable("shop"), func(s *scope) { s.history.remote.BlueprintID = "other" }}, nil, outcome.Stalled, "AdoptionMismatch", []string{"created from blueprint other"}},
		{"held by another", []option{mine, adoptable("shop")}, []*v1alpha1.CloudifyDeployment{claimant("young", 0, adopts("Created", "True"))},
			outcome.Waiting, "AdoptionConflict", []string{"belongs to CloudifyDeployment shop/young"}},
		{"wanted by an older one", []option{mine, adoptable("shop")}, []*v1alpha1.CloudifyDeployment{claimant("elder", 2*time.Hour)}, outcome.Waiting, "AdoptionConflict", nil},
		{"wanted by an older one of a namespace that may not", []option{mine, adoptable("shop")}, []*v1alpha1.CloudifyDeployment{claimant("elder", 2*time.Hour, inOffice)}, outcome.Done, "Ready", nil},
		{"wanted by an older one of another namespace that may", []option{mine, adoptable("office", "shop")}, []*v1alpha1.CloudifyDeployment{claimant("elder", 2*time.Hour, inOffice)}, outcome.Waiting, "AdoptionConflict", nil},
		{"wanted by a younger one", []option{mine, adoptable("shop")}, []*v1alpha1.CloudifyDeployment{claimant("young", 0)}, outcome.Done, "Ready", nil},
		{"wanted by one of the same age whose UID is less", []option{mine, adoptable("shop")}, []*v1alpha1.CloudifyDeployment{claimant("1", time.Hour)}, outcome.Waiting, "AdoptionConflict", nil},
		{"wanted by one of the same age whose UID is greater", []option{mine, adoptable("shop")}, []*v1alpha1.CloudifyDeployment{claimant("9", time.Hour)}, outcome.Done, "Ready", nil},
		{"held at another Manager", []option{mine, adoptable("shop")}, []*v1alpha1.CloudifyDeployment{claimant("elder", 2*time.Hour, elsewhere, adopts("Created", "True"))}, outcome.Done, "Ready", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(append([]option{adopts("", ""), from(nodecellar())}, row.options...)...)
			s.deployment.CreationTimestamp = metav1.NewTime(began.Add(-time.Hour))
			s.manager.Spec.Tenant = "default_tenant"
			r := newReconciler(t)
			r.Client = holders(t, row.others)
			g.Expect(r.mayAdopt(t.Context(), s)).To(ends(row.kind, row.reason, row.words...))
		})
	}
}

// holders are found by the ID of their deployment.
func holders(t *testing.T, all []*v1alpha1.CloudifyDeployment) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	NewWithT(t).Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	b := fake.NewClientBuilder().WithScheme(scheme).WithIndex(&v1alpha1.CloudifyDeployment{}, index.RemoteID, func(o client.Object) []string {
		return []string{o.(*v1alpha1.CloudifyDeployment).RemoteID()}
	})
	for _, d := range all {
		b = b.WithObjects(d)
	}
	return b.Build()
}

// What nobody names stays as the Manager has it.
func TestAnAdoptedDeploymentKeepsItsInputs(t *testing.T) {
	has := func(inputs map[string]any) option {
		return func(s *scope) { s.history.remote = &cloudify.Deployment{ID: "old", Inputs: inputs} }
	}
	for _, row := range []struct {
		name    string
		options []option
		inputs  map[string]any
		problem string
	}{
		{"named here", []option{adopts("", ""), has(map[string]any{"port": 1}), given(map[string]string{"port": "2"})}, map[string]any{"port": 2, "password": ""}, ""},
		{"not named here", []option{adopts("", ""), has(map[string]any{"port": 1, "password": "x"})}, map[string]any{"port": 1, "password": "x"}, ""},
		{"null there", []option{adopts("", ""), has(map[string]any{"port": nil})}, map[string]any{"port": 80, "password": ""}, ""},
		{"not declared any more", []option{adopts("", ""), has(map[string]any{"size": 3})}, map[string]any{"port": 80, "password": ""}, ""},
		{"of another type", []option{adopts("", ""), has(map[string]any{"port": "http"})}, map[string]any{"port": "http", "password": ""}, ""},
		{"of another type, and named here as it is", []option{adopts("", ""), has(map[string]any{"port": "http"}), given(map[string]string{"port": `"http"`})}, map[string]any{"port": "http", "password": ""}, ""},
		{"of another type, and named here otherwise", []option{adopts("", ""), has(map[string]any{"port": "http"}), given(map[string]string{"port": `"https"`})}, nil, `input "port" must be an integer`},
		{"not adopted", []option{has(map[string]any{"port": 1})}, map[string]any{"port": 80, "password": ""}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(row.options...)
			err := s.fillInputs(s.want)
			if row.problem != "" {
				g.Expect(err).To(MatchError(ContainSubstring(row.problem)))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(inputs.Equal(s.want.effective, row.inputs)).To(BeTrue(), "%v", s.want.effective)
		})
	}
}

// Of a deployment that is somebody else's nothing is shown but that it is not adopted.
func TestNothingIsShownOfWhatIsNotAdopted(t *testing.T) {
	g := NewWithT(t)
	s := cellar(adopts("", ""), created("inactive", run(workflowInstall, "failed")))
	s.setStatus(outcome.Classify(outcome.Wait("AdoptionNotAllowed", "not yours")))
	g.Expect(summary(s)).To(Equal("Ready=False/AdoptionNotAllowed Reconciling=True/AdoptionNotAllowed Created=False/AdoptionNotAllowed"))
	g.Expect(s.deployment.Status.Execution).To(BeNil())
	g.Expect(s.deployment.Status.BlueprintID).To(BeEmpty())

	s.adopting = true
	s.setStatus(outcome.Classify(outcome.Wait("Installing", "")))
	g.Expect(summary(s)).To(ContainSubstring("Created=True/Created Installed=False/"))
	g.Expect(s.deployment.Status.Execution).NotTo(BeNil())
}

// adopter is a reconcile of an object of the same age as others that wants the deployment old.
func adopter(uid string) *scope {
	s := cellar(adopts("", ""), from(nodecellar()), deployed("active", run(workflowInstall, "terminated")), adoptable("shop"))
	s.deployment.Name, s.deployment.UID, s.deployment.CreationTimestamp = uid, types.UID(uid), metav1.NewTime(began.Add(-time.Hour))
	return s
}

// Whoever was chosen stays it, although a status does not say so yet and another of the same second has the lesser UID; until
// it will not have it, or is gone.
func TestTheChosenOneStays(t *testing.T) {
	for _, row := range []struct {
		name  string
		then  func(*reconciler, *scope)
		wins  bool
		there bool
	}{
		{"chosen", func(*reconciler, *scope) {}, false, true},
		{"chosen, and it may not any more", func(r *reconciler, first *scope) {
			first.history.remote.Labels[v1alpha1.RemoteLabelAdoptableBy] = nil
			NewWithT(t).Expect(r.adopt(t.Context(), first)).To(ends(outcome.Waiting, "AdoptionNotAllowed"))
		}, true, true},
		{"chosen, and gone", func(*reconciler, *scope) {}, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, first, second := newReconciler(t), adopter("b"), adopter("a")
			r.Client = holders(t, []*v1alpha1.CloudifyDeployment{first.deployment})
			g.Expect(r.adopt(t.Context(), first)).To(ends(outcome.Waiting, "Adopting", "deployment old is adopted"))
			row.then(r, first)
			both := []*v1alpha1.CloudifyDeployment{second.deployment}
			if row.there {
				both = append(both, first.deployment)
			}
			r.Client = holders(t, both)
			if row.wins {
				g.Expect(r.adopt(t.Context(), second)).To(ends(outcome.Waiting, "Adopting"))
				return
			}
			g.Expect(r.adopt(t.Context(), second)).To(ends(outcome.Waiting, "AdoptionConflict", "belongs to CloudifyDeployment shop/b"))
		})
	}
}

// However many come at once, one is chosen.
func TestOneOfManyIsChosen(t *testing.T) {
	g := NewWithT(t)
	r := newReconciler(t)
	var all []*v1alpha1.CloudifyDeployment
	var scopes []*scope
	for i := range 20 {
		scopes = append(scopes, adopter(fmt.Sprintf("uid-%02d", i)))
		all = append(all, scopes[i].deployment)
	}
	r.Client = holders(t, all)
	for range 50 {
		r.adopters = adopters{chosen: map[adoptee]types.UID{{"default", "old"}: "gone"}}
		var chosen sync.Map
		var wait sync.WaitGroup
		for _, s := range scopes {
			wait.Go(func() {
				if uid, err := r.holder(t.Context(), s, r.adopters.choose(&s.object)); err == nil && uid == "" {
					chosen.Store(s.deployment.UID, true)
				}
			})
		}
		wait.Wait()
		number := 0
		chosen.Range(func(any, any) bool { number++; return true })
		g.Expect(number).To(BeNumerically("<=", 1))
	}
}
