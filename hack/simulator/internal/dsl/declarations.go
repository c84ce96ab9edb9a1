// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// readProperties reads the schema of a type's properties. One of a composed type has a default even if none is written: the
// defaults of its members, even if there are none.
func (p *parser) readProperties(path string, section *field, owner string) (properties, error) {
	result, err := p.readSchema(path, section, []string{"required", "default", "description", "type"}, func(where place) (*property, error) {
		return p.readProperty(where, owner, []string{where.field.key}, words{undefinedInDefault, "illegal state"}, false)
	})
	if err != nil {
		return result, err
	}
	for _, name := range result.names {
		prop := result.by[name]
		if p.dataTypes[prop.typ] == nil || prop.def != nil {
			continue
		}
		if prop.def, err = p.dataTypes.parse(map[string]any{}, prop.typ, words{undefinedInDefault, "illegal state"}, owner, []string{name}, nil, false); err != nil {
			return result, refuse(at(join(path, name), section.value.field(name)), "%s", err)
		}
		prop.hasDefault, prop.raw["default"] = true, prop.def
	}
	return result, nil
}

// readOperationInputs reads the schema of an operation's inputs, which are declared as those of a blueprint are.
func (p *parser) readOperationInputs(path string, section *field) (properties, error) {
	return p.readSchema(path, section, p.profile.inputKeys, func(where place) (*property, error) {
		return p.readProperty(where, where.field.key, nil, inputDefaultWords, true)
	})
}

func (p *parser) readSchema(path string, section *field, keys []string, read func(place) (*property, error)) (properties, error) {
	var result properties
	if section == nil {
		return result, nil
	}
	if err := mapOf(at(path, section)); err != nil {
		return result, err
	}
	for _, f := range section.value.fields {
		where := at(join(path, f.key), f)
		if err := mapOf(where, keys...); err != nil {
			return result, err
		}
		prop, err := read(where)
		if err != nil {
			return result, err
		}
		result.add(f.key, prop)
	}
	return result, nil
}

const undefinedInDefault = "Undefined property %[2]s in default value of type %[1]s"

// readProperty reads one declaration. Its raw form has the members that are written and not null.
func (p *parser) readProperty(where place, owner string, inner []string, w words, strict bool) (*property, error) {
	e := where.value
	if err := p.checkDeclaration(where); err != nil {
		return nil, err
	}
	prop := &property{raw: map[string]any{}}
	prop.typ, _ = e.at("type").text()
	prop.written = e.at("default").value()
	if required, ok := e.at("required").value().(bool); ok {
		prop.optional = !required
	}
	for _, f := range e.fields {
		if !f.value.isNull() || f.key == "default" {
			prop.raw[f.key] = f.value.value()
		}
	}
	f := e.field("default")
	if f == nil {
		return prop, nil
	}
	prop.hasDefault = true
	if prop.written == nil {
		return prop, nil
	}
	if err := primitive(at(join(where.path, "default"), f)); err != nil {
		return nil, err
	}
	def, err := p.dataTypes.parse(prop.written, prop.typ, w, owner, inner, nil, strict)
	if err != nil {
		return nil, refuse(at(join(where.path, "default"), f), "%s", err)
	}
	prop.def, prop.raw["default"] = def, def
	return prop, nil
}

// checkDeclaration looks at the members that properties, inputs and parameters share.
func (p *parser) checkDeclaration(where place) error {
	e := where.value
	for key, types := range map[string][]string{
		"description": {"string"}, "type": {"string"}, "item_type": {"string"}, "display_label": {"string"},
		"required": {"boolean"}, "hidden": {"boolean"}, "constraints": {"list"},
	} {
		if err := typed(where.path, e, key, types...); err != nil {
			return err
		}
	}
	for _, since := range []struct {
		key     string
		version version
	}{{"required", 2}, {"display_label", 3}, {"hidden", 3}, {"item_type", 4}} {
		if f := e.field(since.key); f != nil {
			if err := p.require(since.version, at(join(where.path, since.key), f), since.key); err != nil {
				return err
			}
		}
	}
	if err := p.checkType(where, "type", "Illegal type name '%s'"); err != nil {
		return err
	}
	item := e.field("item_type")
	if item == nil || item.value.isNull() {
		return nil
	}
	if typ, _ := e.at("type").text(); typ != "list" {
		return refuse(at(join(where.path, "item_type"), item), "Property item_type defined for unsupported type: '%s'", e.at("type").show())
	}
	if typ, _ := item.value.text(); !isPrimitive(typ) {
		return refuse(at(join(where.path, "item_type"), item), "Illegal item_type '%s'", typ)
	}
	return p.checkType(where, "item_type", "Illegal item_type '%s'")
}

// primitive refuses what YAML knows and the DSL does not, such as a date: the Manager stumbles over it where it looks at types.
func primitive(where place) error {
	if e := where.value; e.kind == yaml.ScalarNode {
		if _, ok := e.scalar.(foreign); ok {
			return broken("Unexpected type: <class 'numbers.Number'>")
		}
	}
	return nil
}

func (p *parser) checkType(where place, key, unknown string) error {
	f := where.value.field(key)
	if f == nil || f.value.isNull() {
		return nil
	}
	typ, _ := f.value.text()
	here := at(join(where.path, key), f)
	if since, ok := objectTypes[typ]; ok {
		return p.require(since, here, "type '"+typ+"'")
	}
	lacking := slices.Contains(p.profile.lacking, typ) && !p.builtin(where)
	if _, known := p.dataTypes[typ]; !known && (!isPrimitive(typ) || lacking) {
		return refuse(here, unknown, typ)
	}
	return nil
}

// inherit adds the properties of the super type that a type does not declare itself. One that it
// declares again with the same composed type keeps the inherited defaults of what that is made of.
func (p *parser) inherit(own, super properties) properties {
	merged := properties{}
	for _, name := range own.names {
		prop, inherited := own.by[name], super.by[name]
		if inherited != nil && prop.typ == inherited.typ && p.dataTypes[prop.typ] != nil && inherited.def != nil {
			written, ok := prop.written.(map[string]any)
			if !ok {
				written = map[string]any{}
			}
			if def, err := p.dataTypes.parse(written, prop.typ, words{}, "", nil, inherited.def, false); err == nil {
				again := *prop
				again.def, again.hasDefault, again.raw = def, true, maps.Clone(prop.raw)
				again.raw["default"] = def
				prop = &again
			}
		}
		merged.add(name, prop)
	}
	for _, name := range super.names {
		if !slices.Contains(own.names, name) {
			merged.add(name, super.by[name])
		}
	}
	return merged
}
