// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// An instance of plan small with the input a, a secret p and an input of somebody else, and what requests change of it.
func TestChange(t *testing.T) {
	for name, row := range map[string]struct {
		plan       string // empty: it stays
		parameters string
		fixed      string // the input that the plan fixes
		none       bool
		needsLost  bool
		clash      string
	}{
		"nothing":                     {parameters: `null`, none: true},
		"the same again":              {parameters: `{"a":1}`, none: true},
		"the same secret":             {parameters: `{"p":"x"}`, none: true},
		"another value":               {parameters: `{"a":2}`},
		"another plan":                {plan: "large", parameters: `null`},
		"another secret":              {parameters: `{"p":"y"}`},
		"no secret":                   {parameters: `{"p":null}`},
		"one more secret":             {parameters: `{"q":"y"}`, needsLost: true},
		"one more secret, and all":    {parameters: `{"p":"x","q":"y"}`},
		"a plan that fixes an input":  {plan: "large", parameters: `null`, fixed: "a", clash: "send null for a"},
		"a plan that fixes a secret":  {plan: "large", parameters: `null`, fixed: "p", clash: "send null for p"},
		"a plan that fixes theirs":    {plan: "large", parameters: `null`, fixed: "license", clash: "send null for license"},
		"what it fixes is taken back": {plan: "large", parameters: `{"a":null}`, fixed: "a"},
	} {
		g := NewWithT(t)
		before := &v1alpha1.CloudifyDeployment{Spec: v1alpha1.CloudifyDeploymentSpec{
			Plan: "small", Inputs: held(t, `{"a":1}`),
			InputsFrom: []v1alpha1.InputSource{{Input: "license", ConfigMapKeyRef: &v1alpha1.KeyReference{Name: "theirs", Key: "license"}}},
			OSB:        &v1alpha1.ServiceInstance{PlanID: "1", Parameters: held(t, `{"a":1}`), ParametersSecret: "s"},
		}}
		secret := secrets{"p": "x"}
		refer(&before.Spec, "s", secret)
		a := ask{planID: "1", plan: "small", parameters: parameters(t, row.parameters), sensitive: map[string]bool{"p": true, "q": true}}
		if row.plan != "" {
			a.planID, a.plan = "2", row.plan
		}
		given, err := values(a.parameters)
		g.Expect(err).NotTo(HaveOccurred())

		c := newChange(before, secret, a)
		g.Expect(c.none()).To(Equal(row.none), name)
		g.Expect(c.needsLost(given)).To(Equal(row.needsLost), name)
		clash := c.clash(v1alpha1.Plan{Name: a.plan, Inputs: map[string]v1alpha1.JSON{row.fixed: {Raw: []byte("1")}}})
		if row.clash == "" {
			g.Expect(clash).NotTo(HaveOccurred(), name)
		} else {
			g.Expect(clash).To(MatchError(ContainSubstring(row.clash)), name)
		}
		g.Expect(before.Spec.Plan).To(Equal("small"), "%s: what was there is left alone", name)
	}
}
