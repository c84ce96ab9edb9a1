// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestNamespaces(t *testing.T) {
	for _, row := range []struct {
		list  string
		names []string
		err   string
	}{
		{list: ""},
		{list: " "},
		{list: "shop", names: []string{"operator", "services", "shop"}},
		{list: " shop, bank,shop,operator", names: []string{"bank", "operator", "services", "shop"}},
		{list: "shop,", err: `"" is not a namespace name`},
		{list: "*", err: `"*" is not a namespace name`},
		{list: "Shop", err: `"Shop" is not a namespace name: give names separated by commas, such as shop,bank`},
	} {
		names, err := Namespaces(row.list, "services", "operator")
		if row.err != "" {
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(row.err)), row.list)
			continue
		}
		NewWithT(t).Expect(err).NotTo(HaveOccurred(), row.list)
		NewWithT(t).Expect(names).To(Equal(row.names), row.list)
	}
}

func TestWatches(t *testing.T) {
	g := NewWithT(t)
	g.Expect(View{Namespace: "operator"}.Watches("anywhere")).To(BeTrue())
	g.Expect(View{Watched: []string{"shop"}}.Watches("shop")).To(BeTrue())
	g.Expect(View{Watched: []string{"shop"}}.Watches("bank")).To(BeFalse())
}
