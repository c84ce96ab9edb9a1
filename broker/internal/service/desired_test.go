// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"encoding/json"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// parameters of a request, as JSON.
func parameters(t *testing.T, object string) map[string]json.RawMessage {
	t.Helper()
	var p map[string]json.RawMessage
	NewWithT(t).Expect(json.Unmarshal([]byte(object), &p)).To(Succeed())
	return p
}

func held(t *testing.T, object string) map[string]v1alpha1.JSON {
	t.Helper()
	var p map[string]v1alpha1.JSON
	NewWithT(t).Expect(json.Unmarshal([]byte(object), &p)).To(Succeed())
	return p
}

func TestDesiredSpec(t *testing.T) {
	theirs := v1alpha1.InputSource{Input: "license", ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "theirs", Key: "license"}}
	for _, row := range []struct {
		name           string
		inputs, asked  string // of the base
		held           secrets
		parameters     string
		replaces       bool
		wanted, wasked string
		secret         secrets
		without        bool // theirs is dropped
	}{
		{name: "nothing said, nothing changed", inputs: `{"a":1}`, asked: `{"a":1}`, held: secrets{"p": "x"}, parameters: `null`, wanted: `{"a":1}`, wasked: `{"a":1}`, secret: secrets{"p": "x"}},
		{name: "new", inputs: `{}`, asked: `{}`, parameters: `{"a":1,"p":"x","n":null}`, wanted: `{"a":1}`, wasked: `{"a":1}`, secret: secrets{"p": "x"}},
		{name: "merge", inputs: `{"a":1,"b":2}`, asked: `{"a":1,"b":2}`, held: secrets{"p": "x"}, parameters: `{"b":3}`, wanted: `{"a":1,"b":3}`, wasked: `{"a":1,"b":3}`, secret: secrets{"p": "x"}},
		{name: "merge at the top level only", inputs: `{"a":{"x":1,"y":2}}`, asked: `{"a":{"x":1,"y":2}}`, parameters: `{"a":{"x":null}}`, wanted: `{"a":{"x":null}}`, wasked: `{"a":{"x":null}}`, secret: secrets{}},
		{name: "null restores the default", inputs: `{"a":1,"b":2}`, asked: `{"a":1}`, held: secrets{"p": "x"}, parameters: `{"a":null,"b":null,"p":null}`, wanted: `{}`, wasked: `{}`, secret: secrets{}},
		{name: "what others set stays", inputs: `{"a":5,"theirs":true}`, asked: `{"a":1}`, parameters: `{"b":2}`, wanted: `{"a":5,"theirs":true,"b":2}`, wasked: `{"a":1,"b":2}`, secret: secrets{}},
		{name: "what others took from elsewhere is the platform's when it says so", inputs: `{}`, asked: `{}`, parameters: `{"license":"z"}`, wanted: `{"license":"z"}`, wasked: `{"license":"z"}`, secret: secrets{}, without: true},
		{name: "replace", inputs: `{"a":5,"b":2,"theirs":true}`, asked: `{"a":1,"b":2}`, held: secrets{"p": "x", "q": "[1]"}, parameters: `{"b":3,"q":[2]}`, replaces: true, wanted: `{"b":3,"theirs":true}`, wasked: `{"b":3}`, secret: secrets{"q": "[2]"}},
		{name: "replace by nothing", inputs: `{"a":5}`, asked: `{"a":5}`, held: secrets{"p": "x"}, parameters: `{}`, replaces: true, wanted: `{}`, wasked: `{}`, secret: secrets{}},
		{name: "replace, but nothing said", inputs: `{"a":5}`, asked: `{"a":5}`, held: secrets{"p": "x"}, parameters: `null`, replaces: true, wanted: `{"a":5}`, wasked: `{"a":5}`, secret: secrets{"p": "x"}},
		{name: "an input that became secret leaves the spec", inputs: `{"p":"clear"}`, asked: `{"p":"clear"}`, parameters: `{"p":"y"}`, wanted: `{}`, wasked: `{}`, secret: secrets{"p": "y"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			base := &v1alpha1.CloudifyDeploymentSpec{
				Plan: "small", Inputs: held(t, row.inputs), InputsFrom: []v1alpha1.InputSource{theirs},
				OSB: &v1alpha1.ServiceInstance{PlanID: "1", Parameters: held(t, row.asked)},
			}
			before := base.DeepCopy()
			wanted, secret := desiredSpec(base, row.held, ask{
				planID: "2", plan: "large", maintenanceVersion: "1.0.0", parameters: parameters(t, row.parameters), replaces: row.replaces,
				sensitive: map[string]bool{"p": true, "q": true},
			})
			g.Expect(base).To(Equal(before))
			g.Expect(stored(wanted.Inputs)).To(Equal(stored(held(t, row.wanted))))
			g.Expect(stored(wanted.OSB.Parameters)).To(Equal(stored(held(t, row.wasked))))
			g.Expect(secret).To(Equal(row.secret))
			g.Expect([]string{wanted.Plan, wanted.OSB.PlanID, wanted.OSB.MaintenanceVersion}).To(Equal([]string{"large", "2", "1.0.0"}))
			if row.without {
				g.Expect(wanted.InputsFrom).To(BeEmpty())
			} else {
				g.Expect(wanted.InputsFrom).To(ConsistOf(theirs))
			}
		})
	}
}

func TestRefer(t *testing.T) {
	g := NewWithT(t)
	theirs := v1alpha1.InputSource{Input: "license", SecretKeyRef: &v1alpha1.KeyReference{Name: "theirs", Key: "license"}}
	spec := &v1alpha1.CloudifyDeploymentSpec{InputsFrom: []v1alpha1.InputSource{theirs}, OSB: &v1alpha1.ServiceInstance{}}
	refer(spec, "first", secrets{"b": "1", "a": "2"})
	g.Expect(spec.OSB.ParametersSecret).To(Equal("first"))
	g.Expect(spec.InputsFrom).To(Equal(append([]v1alpha1.InputSource{theirs}, secrets{"a": "", "b": ""}.sources("first")...)))
	refer(spec, "second", secrets{"a": "2"})
	g.Expect(spec.InputsFrom).To(Equal(append([]v1alpha1.InputSource{theirs}, secrets{"a": ""}.sources("second")...)))
	refer(spec, "third", nil)
	g.Expect(spec.OSB.ParametersSecret).To(BeEmpty())
	g.Expect(spec.InputsFrom).To(Equal([]v1alpha1.InputSource{theirs}))
}

func TestSecretKeys(t *testing.T) {
	g := NewWithT(t)
	all := secrets{"password": "a b", "db password": "1", "_x41": "2", "ключ": "3", "..": "4", "": "5", "Ａ/b": "[1]"}
	data := all.data()
	g.Expect(data).To(HaveLen(len(all)))
	g.Expect(secretsOf(data)).To(Equal(all))
	g.Expect(secretsOf(map[string][]byte{"_xzz": []byte("x"), "a": []byte("y")})).To(Equal(secrets{"a": "y"}))
}

func TestSameParameters(t *testing.T) {
	for _, row := range []struct {
		name, stored, asked string
		held                secrets
		unknown             bool
		same                bool
	}{
		{name: "nothing and nothing", stored: `{}`, asked: `null`, same: true},
		{name: "nulls are nothing", stored: `{"a":1}`, asked: `{"a":1,"b":null}`, same: true},
		{name: "numbers by what they amount to", stored: `{"a":1,"b":0.5}`, asked: `{"b":5e-1,"a":1.0}`, same: true},
		{name: "order of members", stored: `{"a":{"x":1,"y":[2,3]}}`, asked: `{"a":{"y":[2,3],"x":1}}`, same: true},
		{name: "order of items", stored: `{"a":[1,2]}`, asked: `{"a":[2,1]}`},
		{name: "a string is no number", stored: `{"a":"1"}`, asked: `{"a":1}`},
		{name: "one more", stored: `{"a":1}`, asked: `{"a":1,"b":2}`},
		{name: "one less", stored: `{"a":1,"b":2}`, asked: `{"a":1}`},
		{name: "the same secret", stored: `{"a":1}`, asked: `{"a":1,"p":"x","q":{"b":1,"a":2}}`, held: secrets{"p": "x", "q": `{"a":2,"b":1}`}, same: true},
		{name: "another secret", stored: `{}`, asked: `{"p":"y"}`, held: secrets{"p": "x"}},
		{name: "a secret that looks like the same number", stored: `{}`, asked: `{"p":"1.0"}`, held: secrets{"p": "1"}},
		{name: "no secret", stored: `{}`, asked: `{}`, held: secrets{"p": "x"}},
		{name: "a secret whose value is not known yet", stored: `{}`, asked: `{"p":"y"}`, held: secrets{"p": ""}, unknown: true, same: true},
		{name: "another one than that", stored: `{}`, asked: `{"q":"y"}`, held: secrets{"p": ""}, unknown: true},
		{name: "too large a number", stored: `{}`, asked: `{"a":1e999}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := instance(1, 1)
			d.Spec.OSB.Parameters = held(t, row.stored)
			NewWithT(t).Expect(sameParameters(d, row.held, !row.unknown, parameters(t, row.asked))).To(Equal(row.same))
		})
	}
}

func TestDepartures(t *testing.T) {
	g := NewWithT(t)
	var d departures
	now := time.Unix(1_000_000, 0)
	g.Expect(d.has("a", now)).To(BeFalse())
	d.note("a", now)
	g.Expect(d.has("a", now.Add(time.Hour))).To(BeTrue())
	g.Expect(d.has("a", now.Add(time.Hour+time.Second))).To(BeFalse())
	for i := range maxDepartures + 10 {
		d.note(string(rune(i))+"x", now)
	}
	g.Expect(len(d.seen)).To(BeNumerically("<=", maxDepartures))
}
