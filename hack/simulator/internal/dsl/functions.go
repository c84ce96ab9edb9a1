// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "errors"

// Scope answers what an intrinsic function asks about one deployment.
type Scope interface {
	Input(name string) (any, bool)
	Property(node string, path []any) (any, error)
	// Attribute is a runtime property, else a property, of the node's only instance: null when
	// unset, a string beginning "<ERROR:" when no single instance can be meant.
	Attribute(node string, path []any) (any, error)
	Attributes(node string, attribute string) (map[string]any, error) // by node instance id
	Secret(key string) (any, error)
	Capability(deployment string, path []any) (any, error)
	Label(key string) ([]string, error)
	Sys(group, name string) (any, error)
}

// Evaluate resolves every intrinsic function in value, at any depth.
func Evaluate(value any, s Scope) (any, error) { return nil, errors.ErrUnsupported }

// EvaluateStatic resolves what the Manager resolves when it creates a deployment and leaves
// the functions that are evaluated on each read.
func EvaluateStatic(value any, s Scope) (any, error) { return nil, errors.ErrUnsupported }
