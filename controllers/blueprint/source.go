// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// source is what a revision is made of: files, or the URL of an archive. The zero source is a blueprint that exists.
type source struct {
	mainFile string
	files    map[string]string
	url      string
}

const (
	defaultMainFile = "blueprint.yaml"
	// maxSource bounds what is unpacked from one object; a ConfigMap or a CloudifyBlueprint can hold no more than 1 MiB.
	maxSource = 4 << 20
)

// revisionID is the ID of a revision at the Manager: the same content has the same ID, so an upload can be repeated, and
// changed content is another revision.
func (s source) revisionID(cluster, namespace, name string) string {
	sum := sha256.New()
	write(sum, cluster, namespace, name, s.mainFile, s.url)
	for _, path := range slices.Sorted(maps.Keys(s.files)) {
		write(sum, path, s.files[path])
	}
	short := name
	if len(short) > 60 {
		short = short[:60]
	}
	return "k8s-" + short + "-" + hex.EncodeToString(sum.Sum(nil)[:8])
}

// write adds parts with their lengths, so that no two lists of parts read the same.
func write(sum hash.Hash, parts ...string) {
	for _, part := range parts {
		sum.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
}

// check says why the source cannot make a blueprint, or "".
func (s source) check() string {
	if s.url != "" {
		return checkURL(s.url)
	}
	size := 0
	for path, content := range s.files {
		if path == "" || strings.HasPrefix(path, "/") || strings.Contains(path, "\\") || slices.Contains(strings.Split(path, "/"), "..") {
			return fmt.Sprintf("%q is not a relative path with forward slashes", path)
		}
		size += len(content)
	}
	switch {
	case size > maxSource:
		return fmt.Sprintf("the files have %d bytes in total, but at most %d are allowed: use source.archive", size, maxSource)
	case len(s.files) == 0:
		return "the source has no files"
	}
	if _, ok := s.files[s.mainFile]; !ok {
		return fmt.Sprintf("the main file %s is not among the files (%s): correct spec.mainFile or the source",
			s.mainFile, strings.Join(slices.Sorted(maps.Keys(s.files)), ", "))
	}
	return ""
}

// archive packs the files below one top folder, the same bytes for the same files.
func (s source) archive() ([]byte, error) {
	var buffer bytes.Buffer
	w := zip.NewWriter(&buffer)
	for _, path := range slices.Sorted(maps.Keys(s.files)) {
		f, err := w.Create("blueprint/" + path)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", path, err)
		}
		if _, err := f.Write([]byte(s.files[path])); err != nil {
			return nil, fmt.Errorf("pack %s: %w", path, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack blueprint: %w", err)
	}
	return buffer.Bytes(), nil
}

// inlineSource takes the files from the object itself.
func inlineSource(in *v1alpha1.InlineSource) map[string]string {
	files := map[string]string{}
	for _, file := range in.Files {
		if file.Content != nil {
			files[string(file.Path)] = *file.Content
		}
	}
	return files
}

// configMapSource takes the files from a ConfigMap; missing are the keys that it does not have.
func configMapSource(ref *v1alpha1.ConfigMapSource, data map[string]string, binary map[string][]byte) (files map[string]string, missing []string) {
	all := maps.Clone(data)
	if all == nil {
		all = map[string]string{}
	}
	for key, value := range binary {
		all[key] = string(value)
	}
	if len(ref.Items) == 0 {
		return all, nil
	}
	files = map[string]string{}
	for _, item := range ref.Items {
		content, ok := all[item.Key]
		if !ok {
			missing = append(missing, item.Key)
		}
		files[string(item.Path)] = content
	}
	return files, missing
}
