// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestScalarsAsInYAML11(t *testing.T) {
	for text, want := range map[string]any{
		"": nil, "~": nil, "null": nil, "Null": nil, "nULL": "nULL",
		"yes": true, "Yes": true, "YES": true, "yEs": "yEs", "on": true, "true": true, "no": false, "Off": false, "y": "y",
		"0": int64(0), "12": int64(12), "-7": int64(-7), "+7": int64(7), "1_000": int64(1000), "010": int64(8), "0x1F": int64(31),
		"0b101": int64(5), "08": "08", "22:22": int64(1342), "-1:30": int64(-90), "80:80": "80:80",
		"9223372036854775807": int64(math.MaxInt64), "9223372036854775808": json.Number("9223372036854775808"),
		"1.5": 1.5, "-0.5": -0.5, ".5": 0.5, "1.": 1.0, "1e3": "1e3", "1.0e+3": 1000.0, "1.0e3": "1.0e3",
		".inf": math.Inf(1), "-.INF": math.Inf(-1),
		"2020-01-01": foreign("2020-01-01"), "'12'": "12", `"yes"`: "yes", "!!str 12": "12", "plain text": "plain text",
	} {
		NewWithT(t).Expect(yamlOf(t, "v: "+text)).To(Equal(map[string]any{"v": want}), text)
	}
}

func TestMergeKeysAndAnchors(t *testing.T) {
	g := NewWithT(t)
	got := yamlOf(t, `
base: &base {a: 1, b: 2}
other: &other {b: 3, c: 4}
one: {<<: *base, a: 9}
two: {<<: [*base, *other]}
alias: *base
`)
	g.Expect(got).To(HaveKeyWithValue("one", map[string]any{"a": int64(9), "b": int64(2)}))
	g.Expect(got).To(HaveKeyWithValue("two", map[string]any{"a": int64(1), "b": int64(2), "c": int64(4)}))
	g.Expect(got).To(HaveKeyWithValue("alias", map[string]any{"a": int64(1), "b": int64(2)}))
}

func TestLaterKeyWins(t *testing.T) {
	NewWithT(t).Expect(yamlOf(t, "a: 1\na: 2\n")).To(Equal(map[string]any{"a": int64(2)}))
}

func TestAliasesAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 8 {
		n := string(rune('0' + i))
		m := string(rune('1' + i))
		b.WriteString("a" + m + ": &a" + m + " [" + strings.TrimSuffix(strings.Repeat("*a"+n+", ", 10), ", ") + "]\n")
	}
	_, err := loadYAML([]byte(b.String()), "bomb", "Failed to parse DSL")
	NewWithT(t).Expect(refused(t, err).State).To(Equal(StateFailedParsing))
}

func TestBrokenYAML(t *testing.T) {
	for name, test := range map[string]struct{ text, state, message string }{
		"open sequence": {"a: [1, 2", StateInvalid, "Invalid blueprint - Failed to parse DSL: Illegal yaml; while parsing a flow sequence\n" +
			"  in \"<unicode string>\", line 1, column 4:\n    a: [1, 2\n       ^\nexpected ',' or ']', but got '<stream end>'\n" +
			"  in \"<unicode string>\", line 1, column 9:\n    a: [1, 2\n            ^"},
		"brackets in text and comments do not count": {"a: 'x [' # {\nb: [", StateInvalid,
			"Invalid blueprint - Failed to parse DSL: Illegal yaml; while parsing a flow sequence\n" +
				"  in \"<unicode string>\", line 2, column 4:\n    b: [\n       ^\nexpected ',' or ']', but got '<stream end>'\n" +
				"  in \"<unicode string>\", line 2, column 5:\n    b: [\n        ^"},
		"indentation":      {"a:\n  b: 1\n c: 2\n", StateInvalid, ""},
		"tab":              {"a:\n\tb: 1\n", StateFailedParsing, ""},
		"a second mapping": {"a: b: c\n", StateFailedParsing, ""},
		"unknown alias":    {"a: *nobody\n", StateFailedParsing, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := parseText(t, test.text)
			g.Expect(refused(t, err).State).To(Equal(test.state), err.Error())
			if test.message != "" {
				g.Expect(err.Error()).To(Equal(test.message))
			}
		})
	}
}

func TestPythonShowsValues(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, "None"}, {true, "True"}, {int64(3), "3"}, {1.5, "1.5"}, {2.0, "2.0"}, {1e20, "1e+20"}, {math.Inf(-1), "-inf"},
		{"it", "'it'"}, {"it's", `"it's"`}, {`it's "so"`, `'it\'s "so"'`}, {"a\nb\\", `'a\nb\\'`}, {"ä", "'ä'"}, {"\x01", `'\x01'`},
		{[]any{"a", int64(1), nil}, "['a', 1, None]"}, {map[string]any{"b": false, "a": []any{}}, "{'a': [], 'b': False}"},
		{json.Number("7"), "7"},
	} {
		NewWithT(t).Expect(pyRepr(test.value)).To(Equal(test.want))
	}
	NewWithT(t).Expect(pyStr("it's")).To(Equal("it's"))
}
