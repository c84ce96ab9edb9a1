// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Rules are made again only when something else is to be checked: a schema that changed is never checked by its old rules.
func TestRulesAreKept(t *testing.T) {
	g := NewWithT(t)
	book := &ruleBook{}
	of := func(b *v1alpha1.CloudifyBlueprint, update bool, fixed ...string) *rules {
		plan := v1alpha1.Plan{Inputs: map[string]v1alpha1.JSON{}}
		for _, name := range fixed {
			plan.Inputs[name] = v1alpha1.JSON{Raw: []byte("1")}
		}
		r, err := book.of(b, plan, update)
		g.Expect(err).NotTo(HaveOccurred())
		return r
	}
	b := offered("1", "cellar")
	first := of(b, false)
	g.Expect(first.inputs).To(Equal([]string{"password", "port", "size"}))
	g.Expect(first.secret).To(Equal([]string{"password"}))
	g.Expect(of(offered("2", "another"), false)).To(BeIdenticalTo(first), "of the same text")

	g.Expect(of(b, true).schema.Required).To(BeEmpty())
	g.Expect(of(b, false, "size", "password").inputs).To(Equal([]string{"port"}))
	g.Expect(of(b, false, "size", "password").secret).To(Equal([]string{"password"}), "a plan may fix it today")

	b.Status.Offering.Schema.Raw = []byte(strings.Replace(offeredSchema, "size", "length", 2))
	g.Expect(of(b, false).inputs).To(Equal([]string{"length", "password", "port"}))
	b.Status.Offering.Schema = nil
	g.Expect(of(b, false)).To(BeNil())
}

// The memory is bounded, whatever is offered.
func TestRulesAreForgotten(t *testing.T) {
	g := NewWithT(t)
	book := &ruleBook{}
	for i := range 2 * maxRules / leastRules {
		b := offered("1", "cellar")
		b.Status.Offering.Schema.Raw = fmt.Appendf(nil, `{"type": "object", "description": "%d"}`, i)
		_, err := book.of(b, v1alpha1.Plan{}, false)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(book.size).To(BeNumerically("<=", maxRules))
		g.Expect(len(book.made)).To(BeNumerically("<=", maxRules/leastRules))
	}
}
