// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"encoding/json"
	"fmt"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// values are parameters by name, as a Kubernetes object can hold them: a null is nothing, and integers have 64 bits.
func values[J ~[]byte](parameters map[string]J) (map[string]any, error) {
	decoded := make(map[string]any, len(parameters))
	for name, raw := range parameters {
		var value any
		if err := utiljson.Unmarshal(raw, &value); err != nil || lossy(raw) {
			return nil, &InvalidError{Reason: fmt.Sprintf("parameter %.100q contains a number that is too large, or is not JSON", name)}
		}
		if value != nil {
			decoded[name] = value
		}
	}
	return decoded, nil
}

// lossy reports whether JSON has an integer of more than 64 bits.
func lossy(raw []byte) bool {
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	for {
		item, err := decoder.Token()
		if err != nil {
			return false
		}
		if number, ok := item.(json.Number); ok && !strings.ContainsAny(number.String(), ".eE") {
			if _, err := number.Int64(); err != nil {
				return true
			}
		}
	}
}

// stored are the values of a spec.
func stored(held map[string]v1alpha1.JSON) map[string]any {
	decoded := make(map[string]any, len(held))
	for name, value := range held {
		var v any
		if utiljson.Unmarshal(value.Raw, &v) == nil {
			decoded[name] = v
		}
	}
	return decoded
}

// raw are the values of a spec as a platform reads them; nil where there are none.
func raw(parameters map[string]v1alpha1.JSON) map[string]json.RawMessage {
	if len(parameters) == 0 {
		return nil
	}
	asked := make(map[string]json.RawMessage, len(parameters))
	for name, value := range parameters {
		asked[name] = value.Raw
	}
	return asked
}
