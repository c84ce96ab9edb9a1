// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// farm has a scaling group of two nodes.
var farm = map[string]string{"blueprint.yaml": `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
inputs:
  fail: {default: ''}
node_types:
  farm.nodes.Server:
    derived_from: cloudify.nodes.Root
    properties:
      simulate: {default: {}}
node_templates:
  server:
    type: farm.nodes.Server
    properties:
      simulate: {create: {duration: 1}, start: {fail: {get_input: fail}}}
  disk: {type: cloudify.nodes.Root}
groups:
  servers: {members: [server, disk]}
policies:
  scale_servers:
    type: cloudify.policies.scaling
    targets: [servers]
    properties: {default_instances: 1}
`}

func withFarm(t *testing.T, inputs map[string]any) caller {
	c := newCaller(t, Options{})
	c.Expect(c.sim.AddBlueprint("farm", Zip(farm), "")).To(Succeed())
	c.Expect(c.sim.AddDeployment("d", "farm", inputs, nil)).To(Succeed())
	c.sim.Install("d")
	return c
}

// scale returns the status in which the workflow ended.
func (c caller) scale(parameters string) string {
	id := c.start("d", "scale", `, "parameters": `+parameters)
	c.sim.Step(time.Minute)
	return c.execution(id)["status"].(string)
}

func (c caller) instanceIDs(node string) []string {
	var ids []string
	d, _ := c.sim.Deployment("d")
	for _, i := range d.Instances {
		if i.NodeID == node {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

func TestScaleAGroup(t *testing.T) {
	c := withFarm(t, nil)
	c.Expect(c.scale(`{"scalable_entity_name": "servers", "delta": 2}`)).To(Equal("terminated"))
	c.Expect(c.states()).To(ConsistOf("server started", "server started", "server started", "disk started", "disk started", "disk started"))
	groups := c.ok("GET", "deployments/d?_include=scaling_groups", "")["scaling_groups"].(map[string]any)
	c.Expect(groups["servers"]).To(HaveKeyWithValue("properties", HaveKeyWithValue("current_instances", 3.0)))

	oldest := c.instanceIDs("server")[0]
	c.Expect(c.scale(`{"scalable_entity_name": "servers", "delta": -1}`)).To(Equal("terminated"))
	c.Expect(c.instanceIDs("server")).To(And(HaveLen(2), Not(ContainElement(oldest))))
	c.Expect(c.instanceIDs("disk")).To(HaveLen(2))
}

func TestScaleDownTakesWhatItIsTold(t *testing.T) {
	c := withFarm(t, nil)
	c.Expect(c.scale(`{"scalable_entity_name": "server", "delta": 2}`)).To(Equal("terminated"))
	ids := c.instanceIDs("server")
	c.Expect(c.scale(`{"scalable_entity_name": "server", "delta": -1, "include_instances": ["` + ids[1] + `"]}`)).To(Equal("terminated"))
	c.Expect(c.instanceIDs("server")).To(ConsistOf(ids[0], ids[2]))
	c.Expect(c.scale(`{"scalable_entity_name": "server", "delta": -1, "exclude_instances": ["` + ids[0] + `"]}`)).To(Equal("terminated"))
	c.Expect(c.instanceIDs("server")).To(ConsistOf(ids[0]))
}

func TestScaleThatFailsTakesBackWhatItAdded(t *testing.T) {
	c := withFarm(t, map[string]any{"fail": "no quota"})
	before := c.instanceIDs("server")
	c.Expect(c.scale(`{"scalable_entity_name": "servers"}`)).To(Equal("failed"))
	c.Expect(c.instanceIDs("server")).To(Equal(before))
	c.Expect(c.scale(`{"scalable_entity_name": "servers", "rollback_if_failed": false}`)).To(Equal("failed"))
	c.Expect(c.instanceIDs("server")).To(HaveLen(2))
}

func TestScaledInstancesOutliveAnUpdate(t *testing.T) {
	c := withFarm(t, nil)
	c.Expect(c.scale(`{"scalable_entity_name": "servers"}`)).To(Equal("terminated"))
	before := c.instanceIDs("server")
	c.Expect(c.update(`{"blueprint_id": "farm"}`)).To(Equal("successful"))
	c.Expect(c.instanceIDs("server")).To(Equal(before))
}
