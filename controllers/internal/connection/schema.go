// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"fmt"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// SchemaOf is what a blueprint's template says of its inputs, in the words of package inputs.
func SchemaOf(template *cloudify.Template) (inputs.Schema, error) {
	types, err := inputs.ParseDataTypes(template.DataTypes)
	if err != nil {
		return inputs.Schema{}, fmt.Errorf("read the data types of the blueprint: %w", err)
	}
	schema := inputs.Schema{Inputs: map[string]inputs.Input{}, DataTypes: types}
	for name, in := range template.Inputs {
		schema.Inputs[name] = inputs.Input(in)
	}
	return schema, nil
}
