// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// prelude begins a blueprint as most do.
const prelude = "tosca_definitions_version: cloudify_dsl_1_4\nimports:\n  - cloudify/types/types.yaml\n"

type files map[string]string

// recordedFiles are those of a blueprint that was tried on a real Manager, below a folder of its name.
func recordedFiles(t *testing.T, name string) files {
	t.Helper()
	result := files{}
	root := "testdata/blueprints"
	err := filepath.WalkDir(filepath.Join(root, name), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		result[strings.TrimPrefix(path, root+"/")] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func tarball(t *testing.T, content files) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for name, data := range content {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := gzip.NewWriter(&buffer)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func zipped(t *testing.T, content files) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := zip.NewWriter(&buffer)
	for name, data := range content {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// parseFiles parses files whose paths are relative to the archive's folder "bp".
func parseFiles(t *testing.T, content files) (*Blueprint, error) {
	t.Helper()
	inFolder := files{}
	for name, data := range content {
		inFolder["bp/"+name] = data
	}
	archive, err := Unpack(tarball(t, inFolder))
	if err != nil {
		t.Fatal(err)
	}
	return Parse(archive, "", Options{Release: "7.1"})
}

func parseText(t *testing.T, text string) (*Blueprint, error) {
	t.Helper()
	return parseFiles(t, files{"blueprint.yaml": text})
}

func mustParse(t *testing.T, text string) *Blueprint {
	t.Helper()
	b, err := parseText(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// refused expects an *Error and returns it.
func refused(t *testing.T, err error) *Error {
	t.Helper()
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Fatalf("want a refusal of the blueprint, got %v", err)
	}
	return refusal
}

// inputError expects an *InputError and returns it.
func inputError(t *testing.T, err error) *InputError {
	t.Helper()
	var refusal *InputError
	if !errors.As(err, &refusal) {
		t.Fatalf("want a refusal of inputs, got %v", err)
	}
	return refusal
}

// object reads JSON as a server does.
func object(t *testing.T, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var result map[string]any
	if err := decoder.Decode(&result); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return result
}

func toJSON(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// deployment is a Scope made of plain maps.
type deployment struct {
	blueprint    *Blueprint
	inputs       map[string]any
	attributes   map[string]map[string]map[string]any // by node, instance and name
	secrets      map[string]any
	capabilities map[string]map[string]any
	labels       map[string][]string
}

var errNoSecret = errors.New("no such secret")

func (d deployment) Input(name string) (any, bool) {
	value, ok := d.inputs[name]
	return value, ok
}

func (d deployment) Property(node string, path []any) (any, error) {
	return d.blueprint.Property(node, path)
}

func (d deployment) Attribute(node string, path []any) (any, error) {
	if len(d.attributes[node]) != 1 {
		return "<ERROR: no single instance of " + node + ">", nil
	}
	for _, attributes := range d.attributes[node] {
		if value, ok := Lookup(attributes, path); ok {
			return value, nil
		}
	}
	return nil, nil
}

func (d deployment) Attributes(node, attribute string) (map[string]any, error) {
	result := map[string]any{}
	for id, attributes := range d.attributes[node] {
		result[id] = attributes[attribute]
	}
	return result, nil
}

func (d deployment) Secret(key string) (any, error) {
	if value, ok := d.secrets[key]; ok {
		return value, nil
	}
	return nil, fmt.Errorf("%w: %s", errNoSecret, key)
}

func (d deployment) Capability(id string, path []any) (any, error) {
	value, ok := Lookup(d.capabilities[id], path)
	if !ok {
		return nil, fmt.Errorf("no capability %v of %s", path, id)
	}
	return value, nil
}

func (d deployment) Label(key string) ([]string, error) { return d.labels[key], nil }

func (d deployment) Sys(group, name string) (any, error) { return group + "/" + name, nil }

// yamlOf is a value as it stands in a blueprint.
func yamlOf(t *testing.T, text string) any {
	t.Helper()
	e, err := loadYAML([]byte(text), "test", "Failed to parse test")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return e.value()
}
