// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package osb

import (
	"encoding/base64"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestSupportsVersion(t *testing.T) {
	for header, supported := range map[string]bool{
		"2.0": true, "2.9": true, "2.14": true, "2.17": true, "2.100": true,
		"": false, "2": false, "2.": false, ".2": false, "1.9": false, "20.1": false, "2.x": false, "2.1.1": false, "+2.1": false, "2.-1": false, "0.2": false,
	} {
		NewWithT(t).Expect(SupportsVersion(header)).To(Equal(supported), header)
	}
}

func TestParseIdentity(t *testing.T) {
	encode := func(value string) string { return base64.StdEncoding.EncodeToString([]byte(value)) }
	for header, value := range map[string]string{
		"kubernetes " + encode(`{"username": "ann", "groups": ["a"]}`):         `{"username":"ann","groups":["a"]}`,
		"  kubernetes   " + encode("{\r\n  \"user_id\": \"6\"\r\n}\r\n") + " ": `{"user_id":"6"}`,
	} {
		g := NewWithT(t)
		identity, err := ParseIdentity(header)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(identity.Platform).To(Equal("kubernetes"))
		g.Expect(string(identity.Value)).To(Equal(value))
	}
	for header, reason := range map[string]string{
		"kubernetes":                           "a platform, a space",
		encode(`{}`):                           "a platform, a space",
		"kubernetes not-base64!":               "base64",
		"kubernetes " + encode("hunter2"):      "JSON object",
		"kubernetes " + encode("[1]"):          "JSON object",
		"kubernetes " + encode("null"):         "JSON object",
		"\xff " + encode(`{}`):                 "a platform, a space",
		"k " + strings.Repeat("A", maxHeader):  "longer",
		"kubernetes " + encode(`{}`) + " more": "base64",
	} {
		identity, err := ParseIdentity(header)
		g := NewWithT(t)
		g.Expect(identity).To(BeNil())
		g.Expect(err).To(MatchError(ContainSubstring(reason)), header)
		g.Expect(err.Error()).NotTo(ContainSubstring("hunter2"))
	}
	none, err := ParseIdentity(" ")
	NewWithT(t).Expect(none, err).To(BeNil())
}
