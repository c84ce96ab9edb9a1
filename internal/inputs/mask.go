// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package inputs

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// minSecret is how many characters a value must have to be masked. Masking shorter ones
// would make any text unreadable, and they are no secrets.
const minSecret = 6

const mask = "******"

// Sensitive collects what must not be shown: the strings and numbers, at any depth, of
// the inputs that are hidden or have a hidden part, and of those named.
func Sensitive(schema Schema, values map[string]any, names ...string) []string {
	var secrets []string
	names = append(schema.JSONSchema().Secret(), names...)
	for name, value := range values {
		if slices.Contains(names, name) {
			secrets = leaves(secrets, plain(value))
		}
	}
	slices.Sort(secrets)
	return slices.Compact(secrets)
}

func leaves(found []string, value any) []string {
	switch value := value.(type) {
	case string:
		found = append(found, value)
	case json.Number:
		found = append(found, value.String())
	case []any:
		for _, item := range value {
			found = leaves(found, item)
		}
	case map[string]any:
		for _, member := range value {
			found = leaves(found, member)
		}
	}
	return found
}

// Mask replaces every occurrence of values in a text, of single lines of theirs, and
// of their quoted forms. A text that was cut short ends in an ellipsis, and may end in
// the beginning of a value, which is masked, too.
func Mask(text string, values []string) string {
	var secrets []string
	for _, value := range values {
		secrets = append(secrets, value, quoted(value))
		for line := range strings.Lines(value) {
			secrets = append(secrets, strings.TrimSpace(line))
		}
	}
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return utf8.RuneCountInString(s) < minSecret })
	// The longest first: of one that holds another, the rest would be shown.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, secret := range secrets {
		text = strings.ReplaceAll(text, secret, mask)
	}
	whole, cut := strings.CutSuffix(text, "…")
	if !cut {
		return text
	}
	begun := 0
	for _, secret := range secrets {
		for length := min(len(secret)-1, len(whole)); length >= minSecret && length > begun; length-- {
			if strings.HasSuffix(whole, secret[:length]) {
				begun = length
			}
		}
	}
	if begun > 0 {
		whole = whole[:len(whole)-begun] + mask
	}
	return whole + "…"
}

// quoted is how a value reads inside quotation marks.
func quoted(value string) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return ""
	}
	return strings.Trim(strings.TrimSuffix(text.String(), "\n"), `"`)
}
