// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "slices"

// requirements finds what a deployment of the blueprint needs, as the plan shows it: secrets and
// capabilities of the parent environment, as often as they are named.
func (b *Blueprint) requirements() map[string]any {
	secrets, capabilities := []any{}, []any{}
	_ = b.scan(func(f found) error { // returns what the function does: nil
		switch f.name {
		case "get_secret":
			secrets = append(secrets, f.args)
		case "get_environment_capability":
			path, ok := f.args.([]any)
			if !ok {
				path = []any{f.args}
			}
			capabilities = append(capabilities, path)
		}
		return nil
	})
	return map[string]any{"parent_capabilities": capabilities, "secrets": secrets}
}

// SecretKeys are the keys of all secrets that must exist when a deployment is created, each once;
// those that only a runtime property tells are not among them.
func (b *Blueprint) SecretKeys(s Scope) ([]string, error) {
	var keys []string
	var collect func(f found) error
	collect = func(f found) error {
		switch f.name {
		case "get_input": // an input may name a secret itself
			value, err := EvaluateStatic(map[string]any{f.name: f.args}, s)
			if err != nil || functionOf(value) == f.name {
				return err
			}
			return scanValue(value, f, collect)
		case "get_secret":
			args, err := EvaluateStatic(f.args, s)
			if err != nil {
				return err
			}
			if key := firstKey(args); key != "" && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		return nil
	}
	err := b.scan(collect)
	return keys, err
}

// firstKey is the key among the arguments of a get_secret, "" while a function stands for it.
func firstKey(args any) string {
	if list, ok := args.([]any); ok && len(list) > 0 {
		args = list[0]
	}
	key, _ := args.(string)
	return key
}

// UnknownSecrets is the complaint of a create about secrets that do not exist.
func UnknownSecrets(keys []string) *InputError {
	return &InputError{"unknown_deployment_secret_error",
		"Required secrets: [" + joinStr(anySlice(keys)) + "] don't exist in this tenant", "dsl_parser.exceptions.UnknownSecretError"}
}

// Dependency is another deployment that one uses a capability of.
type Dependency struct {
	Creator string // where: nodes.root.properties.url.get_capability
	Target  string // the other deployment's id; "" where only a read tells it
}

// Dependencies are the deployments that get_capability names, in the order in which the Manager finds them.
func (b *Blueprint) Dependencies(s Scope) ([]Dependency, error) {
	var dependencies []Dependency
	err := b.scan(func(f found) error {
		if f.name != "get_capability" {
			return nil
		}
		target, err := EvaluateStatic(f.args.([]any)[0], s)
		if err != nil {
			return err
		}
		d := Dependency{Creator: f.path + "." + f.name}
		d.Target, _ = target.(string)
		dependencies = append(dependencies, d)
		return nil
	})
	return dependencies, err
}
