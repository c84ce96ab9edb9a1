// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// rules are the schema of a plan in the form that parameters are checked by. They are read only.
type rules struct {
	schema spec.Schema
	inputs []string
	// secret are those of all inputs, also of those that the plan fixes, which the schema says are.
	secret []string
}

const (
	// maxRules bounds the rules that are kept, in bytes of the schemas they are made of; they take some times as much.
	maxRules = 4 << 20
	// leastRules is what the smallest counts.
	leastRules = 4 << 10
)

// ruleBook keeps rules, which cost far more to make than to check by. It decides nothing: rules follow from the text of a schema, and
// are found by that.
type ruleBook struct {
	mu   sync.Mutex
	made map[[sha256.Size]byte]*rules
	size int
}

// of returns the rules of a plan, for an instance that is created or updated; nil where the blueprint has no schema.
func (k *ruleBook) of(b *v1alpha1.CloudifyBlueprint, plan v1alpha1.Plan, update bool) (*rules, error) {
	if b.Status.Offering == nil || b.Status.Offering.Schema == nil {
		return nil, nil //nolint:nilnil // there are none
	}
	fixed := slices.Sorted(maps.Keys(plan.Inputs))
	text := b.Status.Offering.Schema.Raw
	key := sha256.Sum256(fmt.Appendf(nil, "%t %q %s", update, strings.Join(fixed, "\x00"), text))
	k.mu.Lock()
	defer k.mu.Unlock()
	if kept := k.made[key]; kept != nil {
		return kept, nil
	}
	r, err := newRules(b, fixed, update)
	if err != nil || r == nil {
		return nil, err
	}
	size := leastRules + len(text)
	if k.size += size; k.made == nil || k.size > maxRules {
		k.made, k.size = map[[sha256.Size]byte]*rules{}, size
	}
	k.made[key] = r
	return r, nil
}

func newRules(b *v1alpha1.CloudifyBlueprint, fixed []string, update bool) (*rules, error) {
	schema, ok := schemaOf(b)
	if !ok {
		return nil, nil //nolint:nilnil // there are none
	}
	secret := schema.Secret()
	schema = schema.Without(fixed...)
	if update {
		schema = schema.ForUpdate()
	}
	raw, err := schema.Bytes()
	if err != nil {
		return nil, err
	}
	r := &rules{inputs: slices.Sorted(maps.Keys(schema.Properties)), secret: secret}
	if err := json.Unmarshal(raw, &r.schema); err != nil {
		return nil, fmt.Errorf("decode schema: %w", err)
	}
	dropFormats(&r.schema)
	return r, nil
}

// check refuses values that do not fit.
func (r *rules) check(parameters map[string]any) error {
	return refusalOf(validate.NewSchemaValidator(&r.schema, nil, "", strfmt.Default).Validate(floats(parameters)), r.inputs)
}
