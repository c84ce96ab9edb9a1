// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"maps"
	"slices"
	"strings"
)

// interfaces are operations by interface, in the order written.
type interfaces = named[*named[*operation]]

// operation is declared by a type, which gives its inputs a schema, or by a template, which gives them values.
type operation struct {
	implementation string
	schema         properties
	inputs         map[string]any
	settings       map[string]any // executor, max_retries, retry_interval, timeout, timeout_recoverable
}

var operationSettings = []string{"executor", "max_retries", "retry_interval", "timeout", "timeout_recoverable"}

// isNoOp tells an operation that declares nothing.
func (o *operation) isNoOp() bool {
	return o.implementation == "" && len(o.schema.names) == 0 && len(o.inputs) == 0 && len(o.settings) == 0
}

func (p *parser) readTypeInterfaces(path string, section *field) (interfaces, error) {
	return p.readInterfaces(path, section, func(o *operation, path string, inputs *field) (err error) {
		o.schema, err = p.readOperationInputs(path, inputs)
		return err
	})
}

func (p *parser) readTemplateInterfaces(path string, section *field) (interfaces, error) {
	return p.readInterfaces(path, section, func(o *operation, path string, inputs *field) error {
		if err := mapOf(at(path, inputs)); err != nil {
			return err
		}
		o.inputs = inputs.value.mapValue()
		return nil
	})
}

func (p *parser) readInterfaces(path string, section *field, readInputs func(*operation, string, *field) error) (interfaces, error) {
	var result interfaces
	if section == nil {
		return result, nil
	}
	if err := mapOf(at(path, section)); err != nil {
		return result, err
	}
	for _, iface := range section.value.fields {
		ifacePath := join(path, iface.key)
		if err := mapOf(at(ifacePath, iface)); err != nil {
			return result, err
		}
		ops := &named[*operation]{}
		for _, f := range iface.value.fields {
			op, err := p.readOperation(at(join(ifacePath, f.key), f), iface.key, readInputs)
			if err != nil {
				return result, err
			}
			ops.add(f.key, op)
		}
		result.add(iface.key, ops)
	}
	return result, nil
}

func (p *parser) readOperation(where place, iface string, readInputs func(*operation, string, *field) error) (*operation, error) {
	op := &operation{settings: map[string]any{}}
	e := where.value
	if mapping, ok := e.text(); ok {
		op.implementation = mapping
		return op, nil
	}
	if err := mapOf(where, append([]string{"implementation", "inputs"}, operationSettings...)...); err != nil {
		return nil, err
	}
	if err := typed(where.path, e, "implementation", "string"); err != nil {
		return nil, err
	}
	op.implementation, _ = e.at("implementation").text()
	for _, key := range operationSettings {
		if v := e.at(key).value(); v != nil {
			op.settings[key] = v
		}
	}
	if executor, ok := op.settings["executor"]; ok && executor != centralAgent && executor != hostAgent {
		return nil, refuse(at(where.path+".executor", e.field("executor")),
			"Operation '%s.%s' has an illegal executor value '%s'. valid values are [%s,%s]",
			iface, where.field.key, pyStr(executor), centralAgent, hostAgent)
	}
	for _, key := range []string{"max_retries", "retry_interval"} {
		if f := e.field(key); f != nil {
			if err := p.require(1, at(join(where.path, key), f), key); err != nil {
				return nil, err
			}
		}
	}
	if err := checkSettings(where); err != nil {
		return nil, err
	}
	if f := e.field("inputs"); f != nil && !f.value.isNull() {
		return op, readInputs(op, where.path+".inputs", f)
	}
	return op, nil
}

// checkSettings looks at the numbers of an operation. The Manager fails without a proper refusal where they are too small.
func checkSettings(where place) error {
	e := where.value
	if err := typed(where.path, e, "max_retries", "integer"); err != nil {
		return err
	}
	for _, setting := range []struct {
		key   string
		least float64
		words string
	}{
		{"max_retries", -1, "either -1 to specify unlimited retries or a non negative number"},
		{"retry_interval", 0, "a non-negative number"}, {"timeout", 0, "a non-negative number"},
	} {
		value := e.at(setting.key).value()
		if value == nil {
			continue
		}
		number := numeric(value)
		if number == nil {
			return broken("Unexpected type: <class 'numbers.Number'>")
		}
		if small, _ := number.Float64(); small < setting.least {
			return broken("'%s' value must be %s but got %s.", setting.key, setting.words, pyStr(value))
		}
	}
	return typed(where.path, e, "timeout_recoverable", "boolean")
}

// mergeTypes adds the super type's operations; one declared again replaces the inherited one whole.
func mergeTypes(own, super interfaces) interfaces {
	return mergeInterfaces(own, super, func(own, inherited *operation) *operation {
		if own == nil {
			return inherited
		}
		return own
	})
}

func mergeInterfaces(over, under interfaces, merge func(over, under *operation) *operation) interfaces {
	var result interfaces
	for _, iface := range union(over.names, under.names) {
		a, b := over.by[iface], under.by[iface]
		if a == nil {
			a = &named[*operation]{}
		}
		if b == nil {
			b = &named[*operation]{}
		}
		ops := &named[*operation]{}
		for _, name := range union(a.names, b.names) {
			ops.add(name, merge(a.by[name], b.by[name]))
		}
		result.add(iface, ops)
	}
	return result
}

func union(first, second []string) []string {
	result := slices.Clone(first)
	for _, name := range second {
		if !slices.Contains(first, name) {
			result = append(result, name)
		}
	}
	return result
}

// applyTemplate is the operations of a type as a template sets them. Inputs obey the type's schema
// only while the implementation is the type's.
func applyTemplate(template, typ interfaces) (interfaces, error) {
	var failed error
	result := mergeInterfaces(template, typ, func(own, declared *operation) *operation {
		switch {
		case declared == nil, own != nil && (own.isNoOp() || declared.isNoOp()):
			return own
		case own == nil:
			own = &operation{}
		}
		merged := &operation{implementation: own.implementation, inputs: own.inputs, settings: own.settings}
		if own.implementation != "" && own.implementation != declared.implementation {
			return merged
		}
		merged.implementation = declared.implementation
		merged.inputs = defaults(declared.schema)
		maps.Copy(merged.inputs, own.inputs)
		merged.settings = maps.Clone(declared.settings)
		if merged.settings == nil {
			merged.settings = map[string]any{}
		}
		maps.Copy(merged.settings, own.settings)
		if err := missingInputs(declared.schema, merged.inputs); err != nil && failed == nil {
			failed = err
		}
		return merged
	})
	return result, failed
}

func missingInputs(schema properties, inputs map[string]any) error {
	var missing []string
	for _, name := range schema.names {
		if _, ok := inputs[name]; !ok {
			missing = append(missing, "'"+name+"'")
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return complain("Input %s is missing a value", missing[0])
	default:
		return complain("Inputs %s are missing a value", strings.Join(missing, ", "))
	}
}
