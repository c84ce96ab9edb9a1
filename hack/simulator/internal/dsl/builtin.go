// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"embed"
	"fmt"
	"slices"
	"sync"

	"go.yaml.in/yaml/v3"
)

const (
	builtinTypes = "cloudify/types/types.yaml" // what blueprints import
	builtinFile  = "file:///opt/manager/resources/cloudify/types/types.yaml"
)

//go:embed builtin
var builtinFS embed.FS

// builtins are the built-in types by what they are made of, read once: nobody changes them.
var builtins sync.Map

// loadBuiltin is the built-in types of a release with the workflows of one DSL version.
func (r profile) loadBuiltin(v version) *element {
	key := fmt.Sprint(v, r.workflows[v], r.without)
	if types, ok := builtins.Load(key); ok {
		return types.(*element)
	}
	types := mustLoad("builtin/types.yaml")
	workflows := mustLoad("builtin/workflows_" + r.workflows[v] + ".yaml")
	all := workflows.at("workflows")
	all.fields = slices.DeleteFunc(all.fields, func(f *field) bool { return slices.Contains(r.without, f.key) })
	types.fields = append(types.fields, workflows.fields...)
	types.set(&field{
		key: "tosca_definitions_version", keyType: "string", file: builtinFile, value: &element{kind: yaml.ScalarNode, scalar: v.String()},
	})
	stored, _ := builtins.LoadOrStore(key, types)
	return stored.(*element)
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
