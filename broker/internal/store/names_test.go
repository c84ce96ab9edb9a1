// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/util/validation"
)

func TestInstanceName(t *testing.T) {
	g := NewWithT(t)
	for _, id := range []string{"5c9ee825-bee8-4fd0-93b1-b6dfecf6dfee", "a", "0", "i-1", "i-" + strings.Repeat("a", 39), "i-" + strings.Repeat("g", 40), strings.Repeat("a", 63)} {
		g.Expect(InstanceName(id)).To(Equal(id))
	}
	seen := map[string]string{}
	for _, id := range []string{
		"i-" + strings.Repeat("a", 40), "A", "a.b", "a_b", "a/b", "-a", "a-", "", "..", "\x00", "\xff", "ä", " a", "a ", strings.Repeat("a", 64), strings.Repeat("é", 512),
		"5C9EE825-BEE8-4FD0-93B1-B6DFECF6DFEE",
	} {
		name := InstanceName(id)
		g.Expect(name).To(MatchRegexp(`^i-[0-9a-f]{40}$`), "%q", id)
		g.Expect(seen).NotTo(HaveKey(name), "%q and %q", id, seen[name])
		seen[name] = id
		g.Expect(InstanceName(name)).NotTo(Equal(name), "an ID that is the name of another instance")
	}
}

func TestBindingName(t *testing.T) {
	g := NewWithT(t)
	seen := map[string]bool{}
	for _, ids := range [][2]string{{"a", "b"}, {"b", "a"}, {"a b", "c"}, {"a", "b c"}, {"", "ab"}, {"ab", ""}, {"1 a", "b"}} {
		name := BindingName(ids[0], ids[1])
		g.Expect(name).To(MatchRegexp(`^b-[0-9a-f]{40}$`))
		g.Expect(seen).NotTo(HaveKey(name))
		seen[name] = true
	}
	g.Expect(BindingName("a", "b")).To(Equal(BindingName("a", "b")))
}

func FuzzInstanceName(f *testing.F) {
	for _, seed := range []string{"", "a", "i-" + strings.Repeat("0", 40), "A/b", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		name := InstanceName(id)
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			t.Errorf("%q is named %q: %v", id, name, problems)
		}
		if name == id && hashed.MatchString(id) || name != id && !hashed.MatchString(name) {
			t.Errorf("%q is named %q", id, name)
		}
	})
}
