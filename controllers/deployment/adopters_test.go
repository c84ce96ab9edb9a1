// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

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
