// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"encoding/json"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The Manager reads YAML 1.1 as PyYAML does: yes and on are booleans, 010 is eight,
// 22:22 is 1342 and 1e3 is a string.
var (
	yamlBool   = map[string]bool{"yes": true, "true": true, "on": true, "no": false, "false": false, "off": false}
	yamlInt    = regexp.MustCompile(`^[-+]?(0b[01_]+|0[0-7_]*|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$`)
	yamlBase60 = regexp.MustCompile(`^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+$`)
	yamlFloat  = regexp.MustCompile(`^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?)$`)
)

func scalar(n *yaml.Node) any {
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 ||
		n.Style&yaml.TaggedStyle != 0 && n.Tag == "!!str" {
		return n.Value
	}
	return plainScalar(n.Value)
}

// foreign is a value that YAML knows and JSON does not: a date, a time.
type foreign string

var yamlTime = regexp.MustCompile(`^[0-9]{4}-(?:[0-9]{2}-[0-9]{2}|[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)$`)

func plainScalar(s string) any {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return nil
	}
	lower := strings.ToLower(s)
	if b, ok := yamlBool[lower]; ok && (s[1:] == lower[1:] || s == strings.ToUpper(s)) {
		return b
	}
	switch {
	case yamlInt.MatchString(s):
		return integer(strings.ReplaceAll(s, "_", ""))
	case yamlBase60.MatchString(s):
		return base60(strings.ReplaceAll(s, "_", ""))
	case yamlFloat.MatchString(s):
		if f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64); err == nil {
			return f
		}
	case lower == ".inf" || lower == "+.inf":
		return math.Inf(1)
	case lower == "-.inf":
		return math.Inf(-1)
	case yamlTime.MatchString(s):
		return foreign(s)
	case lower == ".nan":
		return math.NaN()
	}
	return s
}

func integer(s string) any {
	digits, base := strings.TrimLeft(s, "+-"), 10
	switch {
	case strings.HasPrefix(digits, "0b"):
		digits, base = digits[2:], 2
	case strings.HasPrefix(digits, "0x"):
		digits, base = digits[2:], 16
	case len(digits) > 1 && digits[0] == '0':
		digits, base = digits[1:], 8
	}
	i, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return s
	}
	if strings.HasPrefix(s, "-") {
		i.Neg(i)
	}
	if i.IsInt64() {
		return i.Int64()
	}
	return json.Number(i.String())
}

func base60(s string) any {
	var total int64
	for part := range strings.SplitSeq(strings.TrimLeft(s, "+-"), ":") {
		digit, err := strconv.ParseInt(part, 10, 32)
		if err != nil {
			return s
		}
		total = total*60 + digit
	}
	if strings.HasPrefix(s, "-") {
		return -total
	}
	return total
}
