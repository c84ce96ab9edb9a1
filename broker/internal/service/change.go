// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// change is what an update makes of an instance. It is a value: nothing it says is looked up.
type change struct {
	before *v1alpha1.CloudifyDeployment
	held   secrets // those of before

	spec    *v1alpha1.CloudifyDeploymentSpec
	secrets secrets
}

func newChange(before *v1alpha1.CloudifyDeployment, held secrets, a ask) change {
	spec, secrets := desiredSpec(&before.Spec, held, a)
	return change{before: before, held: held, spec: spec, secrets: secrets}
}

// ofSecrets reports whether other secrets are wanted than the instance has.
func (c change) ofSecrets() bool { return !maps.Equal(c.secrets, c.held) }

// none reports whether the instance wants already what is asked for.
func (c change) none() bool {
	if c.ofSecrets() {
		return false
	}
	wanted := c.spec.DeepCopy()
	refer(wanted, c.before.Spec.OSB.ParametersSecret, c.secrets)
	return sameSpec(wanted, &c.before.Spec)
}

// clash refuses a plan that fixes inputs which were set before: an input named twice is never silently won.
func (c change) clash(plan v1alpha1.Plan) error {
	var set []string
	for name := range plan.Inputs {
		_, plain := c.spec.Inputs[name]
		_, secret := c.secrets[name]
		if plain || secret || slices.ContainsFunc(c.spec.InputsFrom, func(s v1alpha1.InputSource) bool { return s.Input == name }) {
			set = append(set, name)
		}
	}
	if len(set) == 0 {
		return nil
	}
	slices.Sort(set)
	return &InvalidError{Reason: fmt.Sprintf("plan %s fixes parameters that were set before: send null for %s", plan.Name, strings.Join(set, ", "))}
}

// needsLost reports whether values that are lost, those that the request does not give, would have to be written again.
func (c change) needsLost(given map[string]any) bool {
	if !c.ofSecrets() {
		return false
	}
	for name := range c.secrets {
		if _, sent := given[name]; !sent {
			return true
		}
	}
	return false
}
