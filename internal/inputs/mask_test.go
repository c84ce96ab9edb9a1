// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"testing"

	"github.com/onsi/gomega"
)

func TestSensitive(t *testing.T) {
	schema := Schema{Inputs: map[string]Input{"hidden": {Hidden: true}, "token": {}, "plain": {}}}
	given := values(t, `{"hidden": {"a": ["secret-one", 123456, true, null]}, "token": "secret-two", "plain": "not-secret", "unknown": "not-either"}`)
	g := gomega.NewWithT(t)
	g.Expect(Sensitive(schema, given)).To(gomega.Equal([]string{"123456", "secret-one"}))
	g.Expect(Sensitive(schema, given, "token", "nosuch")).To(gomega.Equal([]string{"123456", "secret-one", "secret-two"}))
	g.Expect(Sensitive(Schema{}, nil)).To(gomega.BeEmpty())

	schema = Schema{
		Inputs:    map[string]Input{"login": {Type: "login"}},
		DataTypes: map[string]DataType{"login": {Properties: map[string]Input{"user": {Type: "string"}, "password": {Type: "string", Hidden: true}}}},
	}
	g.Expect(Sensitive(schema, values(t, `{"login": {"user": "someone", "password": "secret-three"}}`))).To(gomega.ContainElement("secret-three"))
}

func TestMask(t *testing.T) {
	for _, row := range []struct {
		name, text string
		values     []string
		want       string
	}{
		{"nothing to mask", "all well", nil, "all well"},
		{"everywhere", "s3cret! and s3cret!s3cret!", []string{"s3cret!"}, "****** and ************"},
		{"too short", "abcde in abcdef", []string{"abcde"}, "abcde in abcdef"},
		{"just long enough", "abcde in abcdef", []string{"abcdef"}, "abcde in ******"},
		{"six characters, not bytes", "ääa in äääaaa", []string{"ääa", "äääaaa"}, "ääa in ******"},
		{"the longest first", "secret-and-more", []string{"secret", "secret-and-more"}, "******"},
		{"one line of several", "bad key: MIIEvQIBADAN", []string{"-----BEGIN-----\nMIIEvQIBADAN\r\n-----END-----\n"}, "bad key: ******"},
		{"quoted", `got "pass\"word\n1"`, []string{"pass\"word\n1"}, `got "******"`},
		{"quoted with brackets", `got "a<b>\"c&d"`, []string{`a<b>"c&d`}, `got "******"`},
		{"cut in the middle", "wrong: top-secret-pass…", []string{"top-secret-password"}, "wrong: ******…"},
		{"cut in the longest of two", "wrong: top-secret-pass…", []string{"secret-passage", "top-secret-password"}, "wrong: ******…"},
		{"cut after too little", "wrong: top-s…", []string{"top-secret-password"}, "wrong: top-s…"},
		{"not cut", "wrong: top-secret-pass", []string{"top-secret-password"}, "wrong: top-secret-pass"},
		{"cut elsewhere", "top-secret-password is wrong…", []string{"top-secret-password"}, "****** is wrong…"},
	} {
		gomega.NewWithT(t).Expect(Mask(row.text, row.values)).To(gomega.Equal(row.want), row.name)
	}
}
