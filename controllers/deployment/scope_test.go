// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"reflect"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// What is decided and what the status says is made of facts alone: nothing in them can ask a Manager or write to the API server.
func TestFactsReachNothing(t *testing.T) {
	const project = "github.com/cloudify-operator/cloudify-operator/"
	seen := map[reflect.Type]bool{}
	var look func(path string, of reflect.Type)
	look = func(path string, of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
			of = of.Elem()
		}
		if seen[of] {
			return
		}
		seen[of] = true
		NewWithT(t).Expect(of.PkgPath()).NotTo(HavePrefix(project+"controllers/internal/connection"), path)
		NewWithT(t).Expect(of.Kind()).NotTo(BeElementOf(reflect.Func, reflect.Chan), path)
		NewWithT(t).Expect(of.Kind() == reflect.Interface && of.NumMethod() > 0).To(BeFalse(), path)
		if of.Kind() != reflect.Struct || !strings.HasPrefix(of.PkgPath(), project) {
			return
		}
		for field := range of.Fields() {
			look(path+"."+field.Name, field.Type)
		}
	}
	look("facts", reflect.TypeFor[facts]())
	NewWithT(t).Expect(len(seen)).To(BeNumerically(">", 20))
}
