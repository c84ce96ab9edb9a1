// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Read makes the value of an input from text, as a Secret or ConfigMap holds it: a string is the text itself, other types are
// read as JSON. So is an undeclared input the text itself; Validate names it. The error names the input, never the text.
func (s Schema) Read(name, text string) (any, error) {
	declared := s.Inputs[name].Type
	_, custom := s.DataTypes[declared]
	if !custom && !structured[declared] {
		return text, nil
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.Decode(new(any)) != io.EOF {
		return nil, fmt.Errorf("%s %s is of type %s, so its text must be one JSON value, but it is not", s.noun(), name, declared)
	}
	return value, nil
}

// structured are the built-in types whose values are not strings.
var structured = map[string]bool{"integer": true, "float": true, "boolean": true, "list": true, "dict": true}
