// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"maps"
	"slices"
)

// membership is an instance's place in a scaling group: groups have instances too, each with one of every member.
type membership struct{ name, id string }

// scalingGroup is the names of a group's members, nil if no scaling policy is for such a group.
func (d *deployment) scalingGroup(name string) []string {
	if d.plan == nil {
		return nil
	}
	groups, _ := d.plan.Plan["scaling_groups"].(map[string]any)
	group, _ := groups[name].(map[string]any)
	members, _ := group["members"].([]any)
	var names []string
	for _, member := range members {
		names = append(names, fmt.Sprint(member))
	}
	return names
}

// joinGroups gives an instance of a new node its place in the groups that the node is a member of.
func (s *Simulator) joinGroups(d *deployment, i *instance) {
	groups, _ := d.plan.Plan["scaling_groups"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		if !slices.Contains(d.scalingGroup(name), i.node.ID) {
			continue
		}
		if len(d.groups[name]) == 0 {
			d.groups = maps.Clone(d.groups)
			if d.groups == nil {
				d.groups = map[string][]string{}
			}
			d.groups[name] = []string{s.groupID(name)}
		}
		i.groups = append(i.groups, membership{name, d.groups[name][0]})
	}
}

func (s *Simulator) groupID(name string) string { return name + "_" + s.word(6, lowerAlphanumeric) }

// showScalingGroups are the groups as the deployment has scaled them.
func (d *deployment) showScalingGroups() any {
	groups, ok := d.fromPlan("scaling_groups").(map[string]any)
	if !ok {
		return nil
	}
	shown := map[string]any{}
	for name, group := range groups {
		group, _ := copyValue(group).(map[string]any)
		if properties, ok := group["properties"].(map[string]any); ok && len(d.groups[name]) > 0 {
			properties["current_instances"], properties["planned_instances"] = len(d.groups[name]), len(d.groups[name])
		}
		shown[name] = group
	}
	return shown
}

// scaling is one change of how many instances there are, of a node or of a group.
type scaling struct {
	name    string
	group   bool
	members []*node
	delta   int
}

// planScale adds instances, or removes the oldest. What was added goes again when its install fails.
func planScale(r *run) error {
	r.then(r.sim.worker.task, r.planned(planScaling))
	return nil
}

func planScaling(r *run) error {
	d, parameters := r.execution.deployment, r.execution.parameters
	c := scaling{name: fmt.Sprint(parameters["scalable_entity_name"])}
	if delta, ok := parameters["delta"].(int64); ok {
		c.delta = int(delta)
	}
	names := d.scalingGroup(c.name)
	c.group = names != nil
	if !c.group {
		names = []string{c.name}
	}
	for _, name := range names {
		if n := d.node(name); n != nil {
			c.members = append(c.members, n)
		}
	}
	if len(c.members) == 0 {
		return &valueError{691, "No scalable entity named " + c.name + " was found"}
	}
	have := len(c.members[0].instances)
	if c.group {
		have = len(d.groups[c.name])
	}
	switch {
	case have+c.delta < 0:
		return &valueError{707, fmt.Sprintf("Provided delta: %d is illegal. current number of instances of entity %s is %d", c.delta, c.name, have)}
	case c.delta > 0:
		c.grow(r)
	case c.delta < 0:
		c.shrink(r, have+c.delta)
	default:
		r.then(r.sim.options.OperationDuration, func() error { return nil })
	}
	return nil
}

func (c *scaling) grow(r *run) {
	d, s := r.execution.deployment, r.sim
	var added []*instance
	for range c.delta {
		id := ""
		if c.group {
			id = s.groupID(c.name)
			d.groups[c.name] = append(d.groups[c.name], id)
		}
		for _, n := range c.members {
			i := s.newInstance(n)
			if i.groups = slices.Clone(n.instances[0].groups); c.group {
				i.groups = []membership{{c.name, id}}
			}
			n.instances = append(n.instances, i)
			added = append(added, i)
		}
	}
	c.planned()
	for _, i := range added {
		r.install(i)
	}
	if r.execution.parameters["rollback_if_failed"] != false {
		r.undo = func() { c.remove(d, added) }
	}
}

// shrink uninstalls all but so many, those first that the parameters include.
func (c *scaling) shrink(r *run, left int) {
	d := r.execution.deployment
	units := map[string][]*instance{} // by group instance, or each for itself
	var order []string
	for _, n := range c.members {
		for _, i := range n.instances {
			id := i.id
			for _, m := range i.groups {
				if c.group && m.name == c.name {
					id = m.id
				}
			}
			if units[id] == nil {
				order = append(order, id)
			}
			units[id] = append(units[id], i)
		}
	}
	names := func(parameter, id string) bool {
		return slices.ContainsFunc(units[id], func(i *instance) bool {
			return r.execution.parameters[parameter] == i.id || slices.Contains(r.words(parameter), i.id)
		})
	}
	rank := func(id string) int {
		switch {
		case names("include_instances", id):
			return 0
		case names("exclude_instances", id):
			return 2
		}
		return 1
	}
	slices.SortStableFunc(order, func(a, b string) int { return rank(a) - rank(b) })
	var going []*instance
	for _, id := range order[:len(order)-left] {
		going = append(going, units[id]...)
	}
	for _, i := range slices.Backward(going) {
		r.uninstall(i, r.ignoreFailure())
	}
	r.then(0, func() error { c.remove(d, going); return nil })
}

// remove forgets instances, and the instances of groups that have lost their last.
func (c *scaling) remove(d *deployment, gone []*instance) {
	for _, n := range c.members {
		n.instances = slices.DeleteFunc(n.instances, func(i *instance) bool { return slices.Contains(gone, i) })
	}
	d.groups[c.name] = slices.DeleteFunc(d.groups[c.name], func(id string) bool {
		return !slices.ContainsFunc(d.instances(), func(i *instance) bool { return slices.Contains(i.groups, membership{c.name, id}) })
	})
	c.planned()
}

// planned notes how many instances a node is to have; a group that is scaled leaves that of its nodes.
func (c *scaling) planned() {
	if !c.group {
		c.members[0].planned = len(c.members[0].instances)
	}
}

// valueError is a refusal of the scale workflow, in the words of the worker's exception.
type valueError struct {
	line    int
	message string
}

func (e *valueError) Error() string {
	raise := map[int]string{
		691: "raise ValueError(\"No scalable entity named {0} was found\".format(",
		707: "raise ValueError('Provided delta: {0} is illegal. current number of '",
	}[e.line]
	return fmt.Sprintf("File \"/opt/manager/cloudify/plugins/workflows.py\", line %d, in scale_entity\n  %s\nValueError: %s\n", e.line, raise, e.message)
}
