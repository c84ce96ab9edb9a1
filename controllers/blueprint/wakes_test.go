// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func TestUrgency(t *testing.T) {
	ready := status("cellar", outcome.Classify(nil))
	failed := status("cellar", outcome.Classify(outcome.Stall(v1alpha1.ReasonUploadFailed, "")))
	changed := func(s *scope) { s.blueprint.Generation++ }
	offered := func(reason string) option {
		return func(s *scope) {
			s.blueprint.Spec.Offering = &v1alpha1.Offering{}
			meta.SetStatusCondition(&s.blueprint.Status.Conditions, metav1.Condition{
				Type: v1alpha1.OfferedCondition, Status: metav1.ConditionFalse, Reason: reason, ObservedGeneration: s.blueprint.Generation,
			})
		}
	}
	for _, row := range []struct {
		name    string
		scope   *scope
		idle    bool
		urgency connection.Urgency
	}{
		{"never looked at", newScope(), false, connection.New},
		{"ready", newScope(ready), true, connection.Resync},
		{"ready, and changed", newScope(ready, changed), false, connection.Begun},
		{"ready, and another revision is wanted", newScope(status("cellar-1", outcome.Classify(nil))), true, connection.Change},
		{"ready, and requested", newScope(ready, requested), false, connection.Change},
		{"ready, and requested before", newScope(ready, requested, handled), true, connection.Resync},
		{"ready, and being deleted", newScope(ready, deleting), false, connection.Change},
		{"ready, and not fit to be offered", newScope(ready, offered(v1alpha1.ReasonInvalidOffering)), true, connection.Resync},
		{"ready, and another has the name of its offering", newScope(ready, offered(v1alpha1.ReasonOfferingNameTaken)), false, connection.Begun},
		{"uploading", newScope(status("cellar", outcome.Classify(outcome.Wait(v1alpha1.ReasonUploading, "")))), false, connection.Begun},
		{"failed", newScope(failed), true, connection.Resync},
		{"failed, and requested", newScope(failed, requested), false, connection.Change},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(idle(row.scope.before)).To(Equal(row.idle))
			g.Expect(row.scope.urgency()).To(Equal(row.urgency))
		})
	}
}
