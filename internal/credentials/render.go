// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package credentials

import (
	"fmt"
	"maps"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Keys that servicebinding.io defines.
const (
	keyType     = "type"
	keyProvider = "provider"
)

// Render makes the credentials as an offering's template says; nil: all capabilities, or all outputs where there are none. A
// key whose capability or output is missing, or whose template cannot be filled in, is an error that names the key and no
// value.
func Render(offering *v1alpha1.BindingTemplate, o Outputs) (map[string]any, error) {
	if offering == nil {
		offering = &v1alpha1.BindingTemplate{}
	}
	credentials, err := mapped(offering.Keys, o)
	if err != nil {
		return nil, err
	}
	fields := maps.Clone(o.Outputs)
	if fields == nil {
		fields = map[string]any{}
	}
	maps.Copy(fields, o.Capabilities)
	maps.Copy(fields, credentials)
	for _, key := range offering.Keys {
		if key.Template == "" {
			continue
		}
		if credentials[key.Name], err = fill(key, fields); err != nil {
			return nil, err
		}
	}
	for name, value := range map[string]string{keyType: offering.Type, keyProvider: offering.Provider} {
		if value != "" {
			credentials[name] = value
		}
	}
	return credentials, nil
}

// mapped returns the credentials without those that templates make.
func mapped(keys []v1alpha1.BindingKey, o Outputs) (map[string]any, error) {
	credentials, chosen := map[string]any{}, false
	for _, key := range keys {
		var there bool
		switch {
		case key.Capability != "":
			credentials[key.Name], there = o.Capabilities[key.Capability]
		case key.Output != "":
			credentials[key.Name], there = o.Outputs[key.Output]
		case key.Value != nil:
			credentials[key.Name] = *key.Value
			continue
		default:
			continue
		}
		if !there {
			return nil, fmt.Errorf("key %s: the deployment has no %s", key.Name, source(key))
		}
		chosen = true
	}
	if chosen {
		return credentials, nil
	}
	all := o.Capabilities
	if len(all) == 0 {
		all = o.Outputs
	}
	for name, value := range all {
		if _, constant := credentials[name]; !constant {
			credentials[name] = value
		}
	}
	return credentials, nil
}

func source(key v1alpha1.BindingKey) string {
	if key.Capability != "" {
		return "capability " + key.Capability
	}
	return "output " + key.Output
}

// Data returns the credentials as the data of a Secret.
func Data(credentials map[string]any) map[string][]byte {
	data := make(map[string][]byte, len(credentials))
	for name, value := range credentials {
		if text, ok := Text(value); ok {
			data[name] = []byte(text)
		}
	}
	return data
}
