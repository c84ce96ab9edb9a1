// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "math"

const unbounded = -1

// readScalable finds how many instances a node begins with and may have.
func (p *parser) readScalable(n *nodeTemplate, where place) error {
	e := where.value
	deploy, err := p.readInstancesDeploy(where)
	if err != nil {
		return err
	}
	capabilities := e.field("capabilities")
	if capabilities != nil && !capabilities.value.isNull() {
		here := at(where.path+".capabilities", capabilities)
		if err := p.require(3, here, "capabilities"); err != nil {
			return err
		}
		if err := mapOf(here, "scalable"); err != nil {
			return err
		}
		if deploy != nil {
			return refuse(here, "Node '%s' defines both instances.deploy and capabilities.scalable "+
				"(Note: instances.deploy is deprecated)", n.ID)
		}
	}
	scalable := e.at("capabilities").at("scalable")
	path := where.path + ".capabilities.scalable"
	if scalable != nil {
		if err := mapOf(at(path, e.at("capabilities").field("scalable")), "properties"); err != nil {
			return err
		}
	}
	n.scalable, err = readScaling(path, scalable.field("properties"))
	if err != nil {
		return err
	}
	if deploy != nil {
		for _, key := range []string{"default_instances", "current_instances", "planned_instances"} {
			n.scalable[key] = deploy
		}
		n.instances = map[string]any{"deploy": deploy}
	}
	n.DefaultInstances = count(n.scalable["default_instances"], 1)
	n.MinInstances = count(n.scalable["min_instances"], 0)
	n.MaxInstances = count(n.scalable["max_instances"], unbounded)
	return nil
}

// count is a number of instances; where a function stands for it, its default is taken.
func count(v any, otherwise int) int {
	if i, ok := v.(int64); ok && i <= math.MaxInt32 {
		return int(i)
	}
	return otherwise
}

func (p *parser) readInstancesDeploy(where place) (any, error) {
	f := where.value.field("instances")
	if f == nil || f.value.isNull() {
		return nil, nil
	}
	path := where.path + ".instances"
	if err := mapOf(at(path, f), "deploy"); err != nil {
		return nil, err
	}
	if err := required(path, f.value, "deploy"); err != nil {
		return nil, err
	}
	if err := typed(path, f.value, "deploy", "integer"); err != nil {
		return nil, err
	}
	deploy := f.value.at("deploy").value()
	if i, ok := deploy.(int64); ok && i < 0 {
		return nil, refuse(at(path+".deploy", f.value.field("deploy")), "deploy instances must be a non-negative number")
	}
	return deploy, nil
}

// readScaling reads the properties of a scalable capability or a scaling policy.
func readScaling(path string, section *field) (map[string]any, error) {
	values := map[string]any{"min_instances": int64(0), "max_instances": int64(unbounded), "default_instances": int64(1)}
	if section != nil && !section.value.isNull() {
		path += ".properties"
		if err := mapOf(at(path, section), "min_instances", "max_instances", "default_instances"); err != nil {
			return nil, err
		}
		for _, f := range section.value.fields {
			v, err := instances(at(join(path, f.key), f))
			if err != nil {
				return nil, err
			}
			if v != nil {
				values[f.key] = v
			}
		}
		if err := checkScaling(at(path, section), values); err != nil {
			return nil, err
		}
	}
	values["current_instances"] = values["default_instances"]
	values["planned_instances"] = values["default_instances"]
	return values, nil
}

func instances(where place) (any, error) {
	key := where.field.key
	switch v := where.value.value().(type) {
	case nil:
		return nil, nil
	case map[string]any:
		if functionOf(v) == "" {
			return nil, refuse(where, "%s should be a valid intrinsic function or a value.", key)
		}
		return v, nil
	case string:
		if key != "max_instances" {
			return nil, refuse(where, "Expected '['integer', 'dict']' type but found 'string' type")
		}
		if v != "UNBOUNDED" {
			return nil, refuse(where, "The only valid string for max_instances is UNBOUNDED.")
		}
		return int64(unbounded), nil
	case int64:
		if key == "max_instances" && v != unbounded && v < 1 {
			return nil, refuse(where, "max_instances should be a positive value.")
		}
		if key != "max_instances" && v < 0 {
			return nil, refuse(where, "%s should be a non negative value.", key)
		}
		return v, nil
	default:
		return nil, refuse(where, "Expected '['integer', 'dict']' type but found '%s' type", where.value.userType())
	}
}

func checkScaling(where place, values map[string]any) error {
	number := func(key string) (int64, bool) {
		i, ok := values[key].(int64)
		return i, ok
	}
	minimum, hasMin := number("min_instances")
	maximum, hasMax := number("max_instances")
	initial, hasInitial := number("default_instances")
	hasMax = hasMax && maximum != unbounded
	switch {
	case hasMin && hasInitial && initial < minimum:
		return refuse(where, "default_instances (%d) cannot be smaller than min_instances (%d)", initial, minimum)
	case hasMin && hasMax && minimum > maximum:
		return refuse(where, "min_instances (%d) cannot be greater than max_instances (%d)", minimum, maximum)
	case hasInitial && hasMax && initial > maximum:
		return refuse(where, "default_instances (%d) cannot be greater than max_instances (%d)", initial, maximum)
	}
	return nil
}
