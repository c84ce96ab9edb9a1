// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

//go:embed testdata/cellar.yaml
var cellar string

// blueprintOf is the name of the blueprint, and of the offering, at a Manager.
func blueprintOf(manager int) string { return fmt.Sprintf("cellar-%d", manager) }

// content is a version of the blueprint, in the language that a release of the Manager has. Versions differ in the default of
// an input.
func content(release string, version int) string {
	language := "cloudify_dsl_1_3"
	if release >= "6.4" {
		language = "cloudify_dsl_1_4" // its workflows say when they may run
	}
	return strings.NewReplacer("VERSION", strconv.Itoa(version), "LANGUAGE", language).Replace(cellar)
}

// plans are those of the offering, by what they fix.
var plans = map[string]map[string]any{"small": {"size": "small"}, "large": {"size": "large"}, "free": {}}

// blueprint is one with its first version, offered to platforms.
func (w *world) blueprint(name string, manager int) *v1alpha1.CloudifyBlueprint {
	b := &v1alpha1.CloudifyBlueprint{
		ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: name},
		Spec: v1alpha1.CloudifyBlueprintSpec{
			ManagerRef:        &v1alpha1.ManagerReference{Name: w.managers[manager].name},
			Source:            w.inline(0),
			AllowedNamespaces: &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll},
			Offering:          &v1alpha1.Offering{ID: name, Name: name, Description: "A cellar", SensitiveInputs: []string{"password"}},
		},
	}
	for _, plan := range []string{"small", "large", "free"} {
		b.Spec.Offering.Plans = append(b.Spec.Offering.Plans, v1alpha1.Plan{Name: plan, ID: name + "-" + plan, Inputs: inputs(plans[plan])})
	}
	return b
}

func (w *world) inline(version int) *v1alpha1.BlueprintSource {
	text := content(w.release, version)
	return &v1alpha1.BlueprintSource{Inline: &v1alpha1.InlineSource{Files: []v1alpha1.InlineFile{{Path: "blueprint.yaml", Content: &text}}}}
}

// inputs are values as specs hold them.
func inputs(values map[string]any) map[string]v1alpha1.JSON {
	all := map[string]v1alpha1.JSON{}
	for name, value := range values {
		raw, err := json.Marshal(value)
		if err != nil {
			panic(err)
		}
		all[name] = v1alpha1.JSON{Raw: raw}
	}
	return all
}

// defaults are the inputs that a deployment has whose spec says nothing, by the description of its blueprint.
func defaults(description string) map[string]any {
	return map[string]any{
		"port": 8000, "size": "medium", "version": "v" + strings.TrimPrefix(description, "version "), "password": "",
		"install_seconds": 0, "uninstall_seconds": 0,
	}
}

// wanted are the inputs that a deployment should have at its Manager. referred are those of inputsFrom.
func wanted(d *v1alpha1.CloudifyDeployment, description string, referred map[string]string) map[string]any {
	all := defaults(description)
	maps.Copy(all, plans[d.Spec.Plan])
	for name, value := range d.Spec.Inputs {
		all[name] = json.RawMessage(value.Raw)
	}
	for name, value := range referred {
		all[name] = value
	}
	return all
}

// plainly is a value as JSON has it, so that any two can be compared.
func plainly(value any) any {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		panic(err)
	}
	return plain
}
