// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

func TestInputsAreCheckedBeforeAnyCall(t *testing.T) {
	s := tell(t)
	s.blueprint()
	rows := map[string]struct {
		values map[string]any
		input  string // the input that must be named, where it is not the one given
		words  []string
		// secret must not appear in the message.
		secret string
	}{
		"missing":             {nil, "name", []string{"is missing"}, ""},
		"unknown":             {map[string]any{"ports": 80}, "ports", []string{`did you mean "port"`}, ""},
		"number for a string": {map[string]any{"name": 15551}, "name", []string{"must be a string"}, "15551"},
		"string for a number": {map[string]any{"name": "n", "port": "http-15551"}, "port", []string{"must be an integer"}, "http-15551"},
		"out of range":        {map[string]any{"name": "n", "port": 715551}, "port", []string{"65535"}, "715551"},
		"none of the values":  {map[string]any{"name": "n", "size": "huge-15551"}, "size", []string{"small", "large"}, "huge-15551"},
		"null":                {map[string]any{"name": nil}, "name", []string{"is missing"}, ""},
		"function":            {map[string]any{"name": map[string]any{"get_secret": "vault"}}, "name", []string{"intrinsic function", "get_secret"}, "vault"},
		"function deep inside": {
			map[string]any{"name": "n", "options": map[string]any{"hosts": []any{"a", map[string]any{"get_capability": []any{"k8s-other", "password"}}}}},
			"options", []string{"intrinsic function", "get_capability"}, "k8s-other",
		},
	}
	all := map[string]*v1alpha1.CloudifyDeployment{}
	for name, row := range rows {
		all[name] = testenv.Deployment(s.name, strings.ReplaceAll(name, " ", "-"), "cellar", testenv.Inputs(row.values))
		s.create(all[name])
	}
	for name, row := range rows {
		d := all[name].DeepCopy()
		s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, append(row.words, `input "`+row.input+`"`)...))
		if row.secret != "" {
			d.Spec = v1alpha1.CloudifyDeploymentSpec{}
			d.ManagedFields, d.Annotations = nil, nil
			shown, err := json.Marshal(d)
			s.Expect(err).NotTo(HaveOccurred())
			s.Expect(string(shown)).NotTo(ContainSubstring(row.secret), "%s: a value is not to be repeated", name)
		}
	}
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.Expect(s.changes("PUT deployments")).To(BeEmpty())

	for _, d := range all {
		s.update(d, func() { d.Spec.Inputs = map[string]v1alpha1.JSON{"name": testenv.JSON("shop")} })
	}
	for _, d := range all {
		s.eventually(d, testenv.BeReady())
	}
}

func TestInputsReachTheManager(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", map[string]any{
		"port": 9090, "options": map[string]any{"hosts": []any{"a", "b"}, "ratio": 0.5, "on": true, "none": nil}, "password": hidden,
	})
	s.create(d)
	s.eventually(d, testenv.BeReady())
	inputs, err := json.Marshal(s.remote(d).Inputs)
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(inputs).To(MatchJSON(`{
		"name": "shop", "port": 9090, "size": "small", "password": "` + hidden + `", "install_seconds": 0, "uninstall_seconds": 0, "fail_start": "", "fail_stop": "",
		"options": {"hosts": ["a", "b"], "ratio": 0.5, "on": true, "none": null}
	}`))
	s.Expect(s.remote(d).Instances).To(ContainElement(HaveField("RuntimeProperties", HaveKeyWithValue("url", "http://shop:9090"))))
}

// A string takes values of its default's JSON type: real blueprints use maps, numbers and booleans as defaults of strings.
func TestStringsTakeTheKindOfTheirDefault(t *testing.T) {
	s := tell(t)
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.AllowedFrom(v1alpha1.NamespacesFromAll, nil), func(b *v1alpha1.CloudifyBlueprint) { b.Spec.Offering = &v1alpha1.Offering{} }, testenv.Inline(map[string]string{"blueprint.yaml": `tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
inputs:
  image: {type: string, default: {publisher: acme, sku: small}}
  port: {type: string, default: 8080}
node_templates: {n: {type: cloudify.nodes.Root}}
outputs: {sku: {value: {get_input: [image, sku]}}}
`}))
	s.create(b)
	s.eventually(b, beOffered())
	s.Expect(string(b.Status.Offering.Schema.Raw)).To(ContainSubstring(`"type":["string","object"]`))

	d := testenv.Deployment(s.name, "shop", "cellar", testenv.Inputs(map[string]any{"image": map[string]any{"publisher": "acme", "sku": "large"}, "port": 8081}))
	s.create(d)
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).Inputs).To(And(HaveKeyWithValue("image", HaveKeyWithValue("sku", "large")), HaveKeyWithValue("port", BeEquivalentTo(8081))))
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(true) })
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, "must be a string or a number, not a boolean"))
}

func TestInputsChangeAfterCreation(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	port := func() any { return s.remote(d).Inputs["port"] }

	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.Eventually(port).Should(BeEquivalentTo(9090))
	s.eventually(d, testenv.BeReady())

	changes := s.sim.Changes()
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON("x") })
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidInputs, `"port"`))
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.Changes()).To(Equal(changes), "a mistake should reach nobody, and its correction is what is there")

	s.update(d, func() { delete(d.Spec.Inputs, "port") })
	s.Eventually(port).Should(BeEquivalentTo(8080), "an input that is removed returns to its default")
	s.eventually(d, testenv.BeReady())
	s.Expect(s.sim.MaxConcurrentExecutions(remoteID(d))).To(Equal(1))
}

func TestLabelsFollowTheSpecAndLeaveOthersAlone(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.installed("shop")
	labels := s.remote(d).Labels
	labels["cost-center"] = []string{"12", "13"}
	s.sim.SetLabels(remoteID(d), labels)

	s.update(d, func() {
		d.Spec.Labels = map[string]v1alpha1.RemoteLabelValue{"team": "red"}
		d.Spec.DisplayName = "The shop"
	})
	s.Eventually(func() map[string][]string { return s.remote(d).Labels }).Should(HaveKeyWithValue("team", []string{"red"}))
	s.eventually(d, testenv.BeReady())
	s.Expect(s.remote(d).DisplayName).To(Equal("The shop"))
	s.Expect(s.remote(d).Labels).To(HaveKeyWithValue("cost-center", ConsistOf("12", "13")))
	s.Expect(s.remote(d).Labels).To(HaveKeyWithValue("k8s-name", []string{"shop"}))
}
