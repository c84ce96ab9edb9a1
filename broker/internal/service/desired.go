// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// ask is what a request wants of an instance.
type ask struct {
	planID, plan       string
	maintenanceVersion string
	// parameters by name; a null restores the default. nil: they stay.
	parameters map[string]json.RawMessage
	// replaces tells that parameters which are not named here go, too.
	replaces bool
	// sensitive are the names of those that are secret.
	sensitive map[string]bool
}

// desiredSpec is what plan and parameters make of a spec, and of the secrets that it has. Inputs that somebody else set, and
// the request does not name, stay. It is pure; the caller chooses the name of the Secret.
func desiredSpec(base *v1alpha1.CloudifyDeploymentSpec, held secrets, a ask) (*v1alpha1.CloudifyDeploymentSpec, secrets) {
	wanted := base.DeepCopy()
	wanted.Plan, wanted.OSB.PlanID, wanted.OSB.MaintenanceVersion = a.plan, a.planID, a.maintenanceVersion
	secret := secrets{}
	maps.Copy(secret, held)
	drop := func(name string) {
		delete(wanted.Inputs, name)
		delete(wanted.OSB.Parameters, name)
		delete(secret, name)
		wanted.InputsFrom = slices.DeleteFunc(wanted.InputsFrom, func(s v1alpha1.InputSource) bool { return s.Input == name })
	}
	if a.replaces && a.parameters != nil {
		for name := range base.OSB.Parameters {
			drop(name)
		}
		for name := range held {
			drop(name)
		}
	}
	for name, raw := range a.parameters {
		drop(name)
		var value any
		if json.Unmarshal(raw, &value) != nil || value == nil {
			continue
		}
		if a.sensitive[name] {
			secret[name] = text(raw)
			continue
		}
		if wanted.Inputs == nil {
			wanted.Inputs = map[string]v1alpha1.JSON{}
		}
		if wanted.OSB.Parameters == nil {
			wanted.OSB.Parameters = map[string]v1alpha1.JSON{}
		}
		wanted.Inputs[name], wanted.OSB.Parameters[name] = v1alpha1.JSON{Raw: raw}, v1alpha1.JSON{Raw: raw}
	}
	return wanted, secret
}

// refer makes a spec refer to the Secret that has its secrets.
func refer(spec *v1alpha1.CloudifyDeploymentSpec, secret string, held secrets) {
	former := spec.OSB.ParametersSecret
	spec.InputsFrom = slices.DeleteFunc(spec.InputsFrom, func(s v1alpha1.InputSource) bool {
		_, ours := held[s.Input]
		return ours || s.SecretKeyRef != nil && s.SecretKeyRef.Name == former
	})
	if len(held) == 0 {
		secret = ""
	}
	spec.OSB.ParametersSecret = secret
	spec.InputsFrom = append(spec.InputsFrom, held.sources(secret)...)
}

// text is a value as a Secret holds it: a string as it stands, everything else as JSON, always written the same way.
func text(raw json.RawMessage) string {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return string(raw)
	}
	written, _ := credentials.Text(value)
	return written
}

// sameSpec reports whether two specs want the same and were asked for the same.
func sameSpec(a, b *v1alpha1.CloudifyDeploymentSpec) bool {
	byInput := func(sources []v1alpha1.InputSource) map[string]any {
		all := map[string]any{}
		for _, s := range sources {
			from := []any{}
			switch {
			case s.SecretKeyRef != nil:
				from = []any{"Secret", s.SecretKeyRef.Name, s.SecretKeyRef.Key}
			case s.ConfigMapKeyRef != nil:
				from = []any{"ConfigMap", s.ConfigMapKeyRef.Name, s.ConfigMapKeyRef.Key}
			case s.DeploymentRef != nil:
				from = []any{"CloudifyDeployment", s.DeploymentRef.Name, s.DeploymentRef.Capability, s.DeploymentRef.Output}
			}
			all[s.Input] = from
		}
		return all
	}
	return a.Plan == b.Plan && a.OSB.PlanID == b.OSB.PlanID && a.OSB.MaintenanceVersion == b.OSB.MaintenanceVersion &&
		a.OSB.ParametersSecret == b.OSB.ParametersSecret &&
		inputs.Equal(stored(a.Inputs), stored(b.Inputs)) && inputs.Equal(stored(a.OSB.Parameters), stored(b.OSB.Parameters)) &&
		inputs.Equal(byInput(a.InputsFrom), byInput(b.InputsFrom))
}

// sameParameters reports whether a request names exactly the parameters that an instance was asked for with. Of secrets that
// are not known only the names count.
func sameParameters(d *v1alpha1.CloudifyDeployment, held secrets, known bool, asked map[string]json.RawMessage) bool {
	given, err := values(asked)
	if err != nil {
		return false
	}
	secret := secrets{}
	for name := range held {
		if _, ok := given[name]; !ok {
			continue
		}
		secret[name] = held[name]
		if known {
			secret[name] = text(asked[name])
		}
		delete(given, name)
	}
	return inputs.Equal(given, stored(d.Spec.OSB.Parameters)) && maps.Equal(secret, held)
}
