// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

func TestChangesOfAnUpdate(t *testing.T) {
	step := func(action, kind string, path ...string) cloudify.UpdateStep {
		return cloudify.UpdateStep{Action: action, EntityType: kind, EntityID: path}
	}
	workflow, description := step("modify", "workflow", "workflows", "heal"), step("modify", "description", "description")
	for _, row := range []struct {
		name    string
		steps   []cloudify.UpdateStep
		want    v1alpha1.PendingUpdate
		message string
	}{
		{"nothing", []cloudify.UpdateStep{workflow}, v1alpha1.PendingUpdate{}, "no nodes change"},
		{"a property", []cloudify.UpdateStep{workflow, step("modify", "property", "nodes", "app", "properties", "size")},
			v1alpha1.PendingUpdate{Nodes: v1alpha1.NodeChanges{Changed: []string{"app"}}, MayReinstall: []string{"app"}}, "nodes changed: app; may be reinstalled: app"},
		{"two of its properties", []cloudify.UpdateStep{step("modify", "property", "nodes", "app", "properties", "size"), step("add", "property", "nodes", "app", "properties", "zone")},
			v1alpha1.PendingUpdate{Nodes: v1alpha1.NodeChanges{Changed: []string{"app"}}, MayReinstall: []string{"app"}}, "nodes changed: app; may be reinstalled: app"},
		{"a node more", []cloudify.UpdateStep{step("add", "node", "nodes", "more"), workflow, description},
			v1alpha1.PendingUpdate{Nodes: v1alpha1.NodeChanges{Added: []string{"more"}}}, "nodes added: more"},
		{"a node less", []cloudify.UpdateStep{step("remove", "node", "nodes", "side"), description},
			v1alpha1.PendingUpdate{Nodes: v1alpha1.NodeChanges{Removed: []string{"side"}}}, "nodes removed: side"},
		{"a relationship", []cloudify.UpdateStep{step("remove", "relationship", "nodes", "side", "relationships", "0"), step("add", "relationship", "nodes", "side", "relationships", "0")},
			v1alpha1.PendingUpdate{Relationships: []string{"side"}}, "relationships changed of side"},
		{"an operation", []cloudify.UpdateStep{step("modify", "operation", "nodes", "app", "operations", "cloudify.interfaces.lifecycle.start")},
			v1alpha1.PendingUpdate{Nodes: v1alpha1.NodeChanges{Changed: []string{"app"}}}, "nodes changed: app"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, p := NewWithT(t), &v1alpha1.PendingUpdate{}
			fillChanges(p, row.steps)
			g.Expect(*p).To(Equal(row.want))
			p.Preview = v1alpha1.PreviewMade
			g.Expect(strings.Join(changesOf(p), "; ")).To(Equal(row.message))
		})
	}
}

func TestChangesAreBounded(t *testing.T) {
	g, p := NewWithT(t), &v1alpha1.PendingUpdate{ID: "0123456789abcdef", FromBlueprintID: "a", ToBlueprintID: "b", Inputs: []string{"port"}}
	var steps []cloudify.UpdateStep
	for i := range 200 {
		steps = append(steps, cloudify.UpdateStep{Action: "modify", EntityType: "property", EntityID: cloudify.EntityID{"nodes", fmt.Sprintf("node-%03d-%s", i, strings.Repeat("x", 300)), "properties", "p"}})
	}
	fillChanges(p, steps)
	g.Expect(p.Nodes.Changed).To(And(HaveLen(maxNames), HaveEach(Not(BeEmpty()))))
	g.Expect(len(p.Nodes.Changed[0])).To(BeNumerically("<=", maxNameLength))
	g.Expect(p.Omitted).To(BeEquivalentTo(2 * 150))
	g.Expect(summaryOf(p)).To(Equal("0123456789abcdef: 1 input changed, another revision, 50 nodes changed, 50 nodes may be reinstalled"))
}
