// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (p *parser) readInputs() error {
	declared, err := p.readDeclarations("inputs", p.root.field("inputs"), p.profile.inputKeys)
	if err != nil {
		return err
	}
	p.inputs = declared
	p.blueprint.Inputs, p.blueprint.inputNames, p.blueprint.dataTypes = declared.by, declared.names, p.dataTypes
	if declared.by == nil {
		p.blueprint.Inputs = map[string]Input{}
	}
	return nil
}

// readDeclarations reads inputs, or the parameters of a workflow.
func (p *parser) readDeclarations(path string, section *field, keys []string) (named[Input], error) {
	var result named[Input]
	if section == nil {
		return result, nil
	}
	if err := mapOf(at(path, section)); err != nil {
		return result, err
	}
	for _, f := range section.value.fields {
		input, err := p.readDeclaration(at(join(path, f.key), f), keys)
		if err != nil {
			return result, err
		}
		result.add(f.key, input)
	}
	return result, nil
}

func (p *parser) readDeclaration(where place, keys []string) (Input, error) {
	name, e := where.field.key, where.value
	if err := mapOf(where, keys...); err != nil {
		return Input{}, err
	}
	prop, err := p.readProperty(where, name, nil, inputDefaultWords, true)
	if err != nil {
		return Input{}, err
	}
	input := Input{Type: prop.typ, Default: prop.def, HasDefault: prop.hasDefault, raw: prop.raw}
	input.ItemType, _ = e.at("item_type").text()
	input.Description, _ = e.at("description").text()
	input.DisplayLabel, _ = e.at("display_label").text()
	if required, ok := e.at("required").value().(bool); ok {
		input.Required = &required
	}
	input.Hidden, _ = e.at("hidden").value().(bool)
	if input.Hidden && !prop.optional && !prop.hasDefault {
		return input, refuse(where, "Input is both hidden and required thus it should have a default value: '%s'.", name)
	}
	if hints := e.at("display"); hints != nil {
		if err := mapOf(at(join(where.path, "display"), e.field("display")), "rows"); err != nil {
			return input, err
		}
		if input.Type != "textarea" {
			return input, refuse(at(join(where.path, "display"), e.field("display")),
				"`display` property defined for unsupported input type (%s) for input `%s`.", input.Type, name)
		}
	}
	if list := e.at("constraints"); list != nil {
		for i, item := range list.list {
			if err := p.checkConstraint(place{path: fmt.Sprintf("%s.constraints.%d", where.path, i), value: item}, name); err != nil {
				return input, err
			}
			input.Constraints = append(input.Constraints, item.mapValue())
		}
	}
	return input, nil
}

var (
	inputDefaultWords = words{"Undefined property %[2]s in default value of input %[1]s.", "Value of input %s is missing property %s."}
	inputWords        = words{"Undefined property %[2]s in value of input %[1]s.", "Value of input %s is missing property %s."}
)

// checkDefaults holds the inputs' defaults against their constraints.
func (p *parser) checkDefaults() error {
	for _, name := range p.inputs.names {
		input := p.inputs.by[name]
		if !input.HasDefault {
			continue
		}
		if err := checkDefault(name, input); err != nil {
			if err.Code == CodeInputEvaluation {
				return &Error{StateInvalid, "Invalid blueprint - " + err.Message}
			}
			return broken("%s", err.Message)
		}
	}
	return nil
}

// checkDefault is checkValue where nothing is evaluated nor looked up yet, which the Manager holds against what needs it.
func checkDefault(name string, input Input) *InputError {
	value, typ := input.Default, input.Type
	if typ == "list" && input.ItemType != "" {
		typ = input.ItemType
	}
	if _, object := objectTypes[typ]; object && (functionOf(value) == "" || len(input.Constraints) == 0) {
		return violation("Invalid call to validate_input_value: value_getter not set")
	}
	if err := checkValue(name, input, value, nil); err != nil {
		return err
	}
	for _, c := range constraintsOf(input.Constraints) {
		if functionOf(c.arg) != "" && !c.selects(typ) {
			return violation("%s", c.notComparable(value))
		}
	}
	return nil
}

// Inventory answers what inputs of object types ask about the Manager: is there a blueprint_id,
// deployment_id, secret_key, node_id … of that value.
type Inventory interface {
	Exists(typ, value string) bool
}

// Selector is an Inventory that also knows which of the existing satisfy the constraints filter_id,
// labels, tenants and deployment_id. Without it these constraints hold for all that exists.
type Selector interface {
	Inventory
	Satisfies(typ, value string, constraints map[string]any) bool
}

// CheckInputNames is the half of the check that answers within the request: nothing missing, nothing unknown.
func (b *Blueprint) CheckInputNames(inputs map[string]any) error {
	var missing []string
	for _, name := range b.inputNames {
		input := b.Inputs[name]
		_, given := inputs[name]
		if !given && !input.HasDefault && input.mandatory() {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return &InputError{Code: CodeMissingInput, Message: "missing inputs: " + strings.Join(missing, ", ")}
	}
	if unknown := b.unknown(inputs); len(unknown) > 0 {
		return &InputError{Code: CodeUnknownInput, Message: "Cannot create deployment - unknown inputs: " + strings.Join(unknown, ", ")}
	}
	return nil
}

func (b *Blueprint) unknown(inputs map[string]any) []string {
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		if _, ok := b.Inputs[name]; !ok {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// PrepareInputs checks inputs and fills in defaults, as the workflow does that creates or updates a
// deployment. Functions in values stay as they are. Values of object types are not looked up.
func (b *Blueprint) PrepareInputs(inputs map[string]any) (map[string]any, error) {
	return b.PrepareInputsAt(inputs, nil)
}

// PrepareInputsAt is PrepareInputs that also looks object types up at a Manager.
func (b *Blueprint) PrepareInputsAt(inputs map[string]any, at Inventory) (map[string]any, error) {
	result := normalMap(inputs)
	var missing []string
	for _, name := range b.inputNames {
		input := b.Inputs[name]
		value, given := result[name]
		switch {
		case given:
		case input.Default != nil:
			value = normal(input.Default)
		default:
			if composed := b.emptyValue(name, input); composed != nil {
				value = composed
				break
			}
			if input.mandatory() {
				missing = append(missing, name)
			} else {
				result[name] = nil
			}
			continue
		}
		if err := checkValue(name, input, value, at); err != nil {
			return nil, err
		}
		parsed, err := b.dataTypes.parse(value, input.Type, inputWords, name, nil, nil, true)
		if err != nil {
			return nil, &InputError{Code: CodeInputEvaluation, Message: err.Error()}
		}
		result[name] = parsed
	}
	if len(missing) > 0 {
		return nil, &InputError{CodeMissingInput, "Required inputs " + pyRepr(missing) + " were not specified - expected inputs: " +
			pyRepr(b.inputNames), "dsl_parser.exceptions.MissingRequiredInputError"}
	}
	if unknown := b.unknown(result); len(unknown) > 0 {
		return nil, &InputError{CodeUnknownInput, "Unknown inputs " + pyRepr(unknown) + " specified - expected inputs: " +
			pyRepr(b.inputNames), "dsl_parser.exceptions.UnknownInputError"}
	}
	return result, nil
}

// emptyValue is what an input of a composed type is when not given: its nested defaults, nil if there are none.
func (b *Blueprint) emptyValue(name string, input Input) any {
	if b.dataTypes[input.Type] == nil {
		return nil
	}
	value, err := b.dataTypes.parse(map[string]any{}, input.Type, inputWords, name, nil, nil, true)
	if fields, ok := value.(map[string]any); err != nil || ok && len(fields) == 0 {
		return nil
	}
	return value
}
