// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// schemaOf is what a blueprint's plan says of its inputs, in the words of package inputs.
func schemaOf(plan *cloudify.Plan) inputs.Schema {
	schema := inputs.Schema{}
	for name, in := range plan.Inputs {
		schema[name] = inputs.Input{
			Type: in.Type, Default: in.Default, HasDefault: in.HasDefault, Required: in.Required,
			Constraints: in.Constraints, Hidden: in.Hidden, ItemType: in.ItemType,
		}
	}
	return schema
}

// givenInputs decodes spec.inputs with its numbers whole.
func givenInputs(raw map[string]v1alpha1.JSON) (map[string]any, error) {
	given := make(map[string]any, len(raw))
	for name, value := range raw {
		decoder := json.NewDecoder(bytes.NewReader(value.Raw))
		decoder.UseNumber()
		var decoded any
		if err := decoder.Decode(&decoded); err != nil {
			return nil, fmt.Errorf("input %s is no JSON value", name) // not the cause: it may quote the value
		}
		given[name] = decoded
	}
	return given, nil
}
