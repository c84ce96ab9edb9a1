// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

const cellarSchema = `{
	"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "additionalProperties": false, "required": ["region", "size"],
	"properties": {
		"region": {"type": "string", "enum": ["east", "west"]},
		"size": {"type": "integer", "minimum": 1, "maximum": 5},
		"name": {"type": "string", "pattern": "^(?:[a-z]+)$", "maxLength": 8},
		"when": {"type": "string", "format": "date-time"},
		"ratio": {"type": "number"},
		"tags": {"type": "array", "items": {"type": "string"}},
		"server": {"type": "object", "properties": {"port": {"type": "integer"}}, "required": ["port"], "additionalProperties": false},
		"password": {"type": "string", "format": "password", "minLength": 8},
		"account": {"type": "object", "properties": {"user": {"type": "string"}, "pin": {"type": "integer", "format": "password"}}},
		"accounts": {"type": "array", "items": {"type": "object", "properties": {"pin": {"type": "integer", "format": "password"}}}},
		"ports": {"enum": [[80, 443], {"web": 80}, 8080, "a"]},
		"count": {"type": "integer"},
		"mode": {"type": ["object", "string"], "anyOf": [{"type": "object"}, {"enum": ["auto"]}], "default": "auto"},
		"pin": {"type": ["integer", "string"], "anyOf": [{"type": "integer"}, {}], "format": "password"},
		"anything": {}
	}}`

// cellar is a plan that fixes nothing or, small, the size.
func cellar(fixed string) *choice {
	c := &choice{blueprint: &v1alpha1.CloudifyBlueprint{}, plan: v1alpha1.Plan{Name: "default"}, rules: &ruleBook{}}
	c.blueprint.Status.Offering = &v1alpha1.OfferingStatus{Schema: &v1alpha1.JSON{Raw: []byte(cellarSchema)}}
	if fixed != "" {
		c.plan.Name, c.plan.Inputs = "small", map[string]v1alpha1.JSON{"size": {Raw: []byte(fixed)}}
	}
	return c
}

func TestCheck(t *testing.T) {
	for _, row := range []struct {
		name, parameters, fixed string
		update                  bool
		refusals                []string // none: accepted
	}{
		{name: "all there", parameters: `{"region":"east","size":1,"name":"abc","ratio":1,"tags":["x"],"server":{"port":80},"password":"12345678","anything":[null]}`},
		{name: "what is required", parameters: `{"region":"east"}`, refusals: []string{"parameter size is required"}},
		{name: "what the plan fixes is not required", parameters: `{"region":"east"}`, fixed: "3"},
		{name: "what the plan fixes cannot be set", parameters: `{"region":"east","size":3}`, fixed: "3", refusals: []string{`parameter "size" is fixed by plan small`}},
		{name: "an update requires nothing", parameters: `{"name":"abc"}`, update: true},
		{name: "nor does it take anything", parameters: `{"size":17}`, update: true, refusals: []string{"parameter size should be less than or equal to 5"}},
		{name: "unknown", parameters: `{"region":"east","size":1,"colour":"s3cret-red"}`, refusals: []string{"parameter colour is a forbidden property"}},
		{name: "a slip", parameters: `{"regoin":"s3cret","size":1}`, refusals: []string{`parameter regoin is a forbidden property: did you mean "region"?`, "parameter region is required"}},
		{name: "as declared, or the default", parameters: `{"region":"east","size":1,"mode":{"auto":true}}`},
		{name: "the default, that is not as declared", parameters: `{"region":"east","size":1,"mode":"auto"}`},
		{name: "neither", parameters: `{"region":"east","size":1,"mode":"s3cret"}`, refusals: []string{"parameter mode"}},
		{name: "a secret whose default is not told", parameters: `{"region":"east","size":1,"pin":"s3cret"}`},
		{name: "types", parameters: `{"region":"east","size":"s3cret","ratio":"s3cret","tags":"s3cret","server":["s3cret"]}`, refusals: []string{
			"parameter ratio must be of type number", "parameter server must be of type object", "parameter size must be of type integer", "parameter tags must be of type array"}},
		{name: "a fraction", parameters: `{"region":"east","size":1.5}`, refusals: []string{"parameter size must be of type integer"}},
		{name: "an enumeration", parameters: `{"region":"s3cret","size":1}`, refusals: []string{"parameter region should be one of [east west]"}},
		{name: "an enumeration of lists", parameters: `{"region":"east","size":1,"ports":[80,443]}`},
		{name: "an enumeration of maps", parameters: `{"region":"east","size":1,"ports":{"web":80}}`},
		{name: "an enumeration of numbers", parameters: `{"region":"east","size":1,"ports":8080}`},
		{name: "a number is no text", parameters: `{"region":"east","size":1,"ports":97}`, refusals: []string{"parameter ports should be one of"}},
		{name: "a large number", parameters: `{"region":"east","size":1,"count":9223372036854775807}`},
		{name: "a negative one", parameters: `{"region":"east","size":1,"count":-9223372036854775808}`},
		{name: "a pattern", parameters: `{"region":"east","size":1,"name":"s3cret"}`, refusals: []string{"parameter name should match"}},
		{name: "a format", parameters: `{"region":"east","size":1,"when":"s3cret"}`, refusals: []string{"parameter when must be of type date-time"}},
		{name: "a secret's length", parameters: `{"region":"east","size":1,"password":"s3cret"}`, refusals: []string{"parameter password should be at least 8 chars long"}},
		{name: "a secret's type", parameters: `{"region":"east","size":1,"password":["s3cret"]}`, refusals: []string{"parameter password must be of type string"}},
		{name: "the type of a part that is secret", parameters: `{"region":"east","size":1,"account":{"pin":"s3cret"}}`, refusals: []string{"parameter account.pin must be of type integer"}},
		{name: "deep inside", parameters: `{"region":"east","size":1,"server":{"s3":"s3cret"}}`, refusals: []string{"parameter server.port is required", "parameter server.s3 is a forbidden property"}},
		{name: "an intrinsic function", parameters: `{"region":{"get_secret":"s3cret"},"size":1}`, refusals: []string{`input "region" must not call an intrinsic function`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			given, err := values(parameters(t, row.parameters))
			g.Expect(err).NotTo(HaveOccurred())
			err = cellar(row.fixed).check(given, row.update)
			if row.refusals == nil {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			var invalid *InvalidError
			g.Expect(errors.As(err, &invalid)).To(BeTrue(), "%v", err)
			for _, refusal := range row.refusals {
				g.Expect(invalid.Reason).To(ContainSubstring(refusal))
			}
			g.Expect(invalid.Reason).NotTo(ContainSubstring("s3cret"))
		})
	}
}

func TestWithoutASchemaAnythingPasses(t *testing.T) {
	c := cellar("")
	c.blueprint.Status.Offering.Schema = nil
	NewWithT(t).Expect(c.check(map[string]any{"x": int64(1)}, false)).To(Succeed())
	NewWithT(t).Expect(sensitiveInputs(c.blueprint)).To(BeEmpty())
	NewWithT(t).Expect(sensitiveInputs(cellar("").blueprint)).To(Equal(map[string]bool{"password": true, "pin": true, "account": true, "accounts": true}), "what has a secret part is secret")
}
