// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Decode reads the objects of a manifest.
func Decode(tb testing.TB, manifest []byte) (objects []*unstructured.Unstructured) {
	tb.Helper()
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(manifest), 4096)
	for {
		o := &unstructured.Unstructured{}
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			tb.Fatalf("testenv: read a manifest: %v", err)
		}
		if len(o.Object) > 0 {
			objects = append(objects, o)
		}
	}
}

// Encode is the reverse of Decode.
func Encode(tb testing.TB, objects []*unstructured.Unstructured) []byte {
	tb.Helper()
	var manifest bytes.Buffer
	for _, o := range objects {
		text, err := o.MarshalJSON()
		if err != nil {
			tb.Fatalf("testenv: write a manifest: %v", err)
		}
		manifest.WriteString("---\n")
		manifest.Write(text)
	}
	return manifest.Bytes()
}
