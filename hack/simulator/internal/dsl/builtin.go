// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"embed"
	"fmt"

	"go.yaml.in/yaml/v3"
)

const (
	builtinTypes = "cloudify/types/types.yaml" // what blueprints import
	builtinFile  = "file:///opt/manager/resources/cloudify/types/types.yaml"
)

//go:embed builtin
var builtinFS embed.FS

// loadBuiltin is the built-in types with the workflows of one DSL version.
func loadBuiltin(v version) *element {
	types := mustLoad("builtin/types.yaml")
	workflows := mustLoad(fmt.Sprintf("builtin/workflows_1_%d.yaml", v))
	types.fields = append(types.fields, workflows.fields...)
	types.set(&field{key: "tosca_definitions_version", value: &element{kind: yaml.ScalarNode, scalar: v.String()}, file: builtinFile})
	return types
}

// mustLoad reads an embedded file, which is as good as the program itself.
func mustLoad(name string) *element {
	data, err := builtinFS.ReadFile(name)
	if err != nil {
		panic(err)
	}
	tree, err := loadYAML(data, builtinFile, name)
	if err != nil {
		panic(err)
	}
	return tree
}
