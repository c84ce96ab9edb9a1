// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package references

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Version tells the states of an object apart, and one from another of its name.
func Version(o metav1.Object) string { return string(o.GetUID()) + "/" + o.GetResourceVersion() }

// Digest is one value for the versions of all objects, for a status; "" of none.
func Digest(versions map[string]string) string {
	if len(versions) == 0 {
		return ""
	}
	var text strings.Builder
	for _, object := range slices.Sorted(maps.Keys(versions)) {
		text.WriteString(object + "@" + versions[object] + "\n")
	}
	return DigestOf([]byte(text.String()))
}

// DigestOf is short enough for a status, and long enough to differ.
func DigestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
