// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"slices"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// affected is a group of node instances that an update modifies, and those that they are related to.
type affected struct {
	rows []any
	seen map[string]bool
}

func (a *affected) add(i *instance, modification string, relationships []any) {
	row := instanceFields.show(i, nil)
	row["relationships"], row["modification"] = relationships, modification
	a.rows = append(a.rows, row)
}

// relate adds the instances that relationships lead to, whose own are left out.
func (a *affected) relate(before *deployment, relationships []any) {
	for _, r := range relationships {
		r, _ := r.(map[string]any)
		target := before.node(r["target_name"].(string))
		if target == nil {
			continue
		}
		for _, i := range target.instances {
			if i.id != r["target_id"] || a.seen[i.id] {
				continue
			}
			if a.seen == nil {
				a.seen = map[string]bool{}
			}
			a.seen[i.id] = true
			row := instanceFields.show(i, nil)
			row["relationships"] = []any{}
			a.rows = append(a.rows, row)
		}
	}
}

// instancesOf tells which node instances come, go, or get other relationships.
func instancesOf(before, after *deployment) map[string]any {
	var added, removed, extended, reduced affected
	changed := []any{}
	for _, n := range after.nodes {
		old := before.node(n.ID)
		if old == nil {
			for _, i := range n.instances {
				relationships := connections(n.Relationships, before, after)
				added.rows = append(added.rows, map[string]any{
					"id": i.id, "name": n.ID, "node_id": n.ID, "modification": "added", "relationships": relationships,
				})
				added.relate(before, relationships)
			}
			continue
		}
		more, fewer := without(n.Relationships, old.Relationships), without(old.Relationships, n.Relationships)
		for _, i := range old.instances {
			if relationships := connections(more, before, after); len(relationships) > 0 {
				extended.add(i, "extended", relationships)
				extended.relate(before, relationships)
			}
			if relationships := connections(fewer, before, after); len(relationships) > 0 {
				reduced.add(i, "reduced", relationships)
				reduced.relate(before, relationships)
			}
		}
		if len(more)+len(fewer) > 0 {
			changed = append(changed, n.ID)
		}
	}
	for _, n := range before.nodes {
		if after.node(n.ID) != nil {
			continue
		}
		for _, i := range n.instances {
			relationships := connections(n.Relationships, before, after)
			removed.add(i, "removed", relationships)
			removed.relate(before, relationships)
		}
	}
	shown := map[string]any{"relationships_changed": changed}
	for name, group := range map[string]affected{"added": added, "removed": removed, "extended": extended, "reduced": reduced} {
		shown[name+"_and_related"] = append([]any{}, group.rows...)
	}
	return shown
}

// without are the relationships that are not among others.
func without(relationships, others []dsl.Relationship) []dsl.Relationship {
	return slices.DeleteFunc(slices.Clone(relationships), func(r dsl.Relationship) bool {
		return slices.ContainsFunc(others, func(other dsl.Relationship) bool { return sameRelationship(r, other) })
	})
}

// connections are relationships with every instance of their targets, those that exist before those that are to come.
func connections(relationships []dsl.Relationship, before, after *deployment) []any {
	shown := []any{}
	for _, r := range relationships {
		target := before.node(r.TargetID)
		if target == nil {
			target = after.node(r.TargetID)
		}
		for _, i := range target.instances {
			shown = append(shown, map[string]any{"type": r.Type, "target_name": r.TargetID, "target_id": i.id})
		}
	}
	return shown
}
