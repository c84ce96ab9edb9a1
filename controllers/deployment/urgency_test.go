// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func TestUrgency(t *testing.T) {
	ready, failed := status(nil, "True", "True"), status(outcome.Stall("InstallFailed", "no quota"), "True", "False")
	changed := func(s *scope) { s.deployment.Generation++ }
	never := func(s *scope) { meta.RemoveStatusCondition(&s.deployment.Status.Conditions, v1alpha1.CreatedCondition) }
	for _, row := range []struct {
		name    string
		scope   *scope
		idle    bool
		urgency connection.Urgency
	}{
		{"never looked at", cellar(), false, connection.New},
		{"never looked at, and requested", cellar(requested), false, connection.New},
		{"ready", cellar(ready), true, connection.Resync},
		{"ready, and changed", cellar(ready, changed), false, connection.Change},
		{"ready, and requested", cellar(ready, requested), false, connection.Change},
		{"ready, and requested before", cellar(ready, requested, handled), true, connection.Resync},
		{"ready, and being deleted", cellar(ready, deleting), false, connection.Change},
		{"installing", cellar(status(outcome.Wait("Installing", ""), "True", "False")), false, connection.Begun},
		{"failed", cellar(failed), true, connection.Resync},
		{"failed, and changed", cellar(failed, changed), false, connection.Change},
		{"failed, and requested", cellar(failed, requested), false, connection.Change},
		{"failed to delete", cellar(failed, deleting), false, connection.Change},
		{"refused before it was created", cellar(failed, never), true, connection.Resync},
		{"refused before it was created, and changed", cellar(failed, never, changed), false, connection.New},
		{"waiting for its blueprint", cellar(status(outcome.Wait("BlueprintNotFound", ""), "False", "False"), never), false, connection.New},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(idle(row.scope.deployment)).To(Equal(row.idle))
			g.Expect(urgencyOf(row.scope.deployment)).To(Equal(row.urgency))
		})
	}
}
