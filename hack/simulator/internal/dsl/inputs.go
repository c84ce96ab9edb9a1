// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "errors"

// Inventory answers what inputs of object types ask about the Manager: is there a blueprint_id,
// deployment_id, secret_key … of that value.
type Inventory interface {
	Exists(typ, value string) bool
}

// CheckInputNames is the half of the check that answers within the request: nothing missing, nothing unknown.
func (b *Blueprint) CheckInputNames(inputs map[string]any) error { return errors.ErrUnsupported }

// PrepareInputs checks inputs and fills in defaults.
func (b *Blueprint) PrepareInputs(inputs map[string]any) (map[string]any, error) {
	return b.PrepareInputsAt(inputs, nil)
}

// PrepareInputsAt is PrepareInputs that also looks object types up at a Manager.
func (b *Blueprint) PrepareInputsAt(inputs map[string]any, at Inventory) (map[string]any, error) {
	return nil, errors.ErrUnsupported
}

// CheckParameters merges the parameters given to a workflow with its declared defaults.
func CheckParameters(declared map[string]Parameter, given map[string]any, allowCustom bool) (map[string]any, error) {
	return nil, errors.ErrUnsupported
}
