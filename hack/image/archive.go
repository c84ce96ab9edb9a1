// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// writeArchive writes an OCI image layout as one file.
func writeArchive(path, called string, index v1.ImageIndex) error {
	annotations, err := names(called)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "image-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	written, err := layout.Write(folder, empty.Index)
	if err != nil {
		return fmt.Errorf("write the image: %w", err)
	}
	if err := written.AppendIndex(index, layout.WithAnnotations(annotations)); err != nil {
		return fmt.Errorf("write the image: %w", err)
	}
	files, err := filesBelow(folder)
	if err != nil {
		return err
	}
	// Written aside first: what has the name is whole.
	out, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	if err := writeTar(out, files, time.Unix(0, 0)); err != nil {
		return fmt.Errorf("write %s: %w", out.Name(), err)
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), path)
}

// names are the annotations from which engines take the name of what they load: containerd and podman the first, others the second.
func names(called string) (map[string]string, error) {
	tag, err := name.NewTag(called)
	if err != nil {
		return nil, fmt.Errorf("--name: %w", err)
	}
	return map[string]string{
		"io.containerd.image.name":          strings.Replace(tag.Name(), name.DefaultRegistry, "docker.io", 1),
		"org.opencontainers.image.ref.name": tag.TagStr(),
	}, nil
}

// filesBelow reads a folder, in the order of the names.
func filesBelow(folder string) (files []file, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		relative, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		f := file{name: filepath.ToSlash(relative), mode: os.ModeDir | 0o755}
		if !entry.IsDir() {
			f.mode = 0o644
			if f.data, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

// writeTar writes files as they are to be for everybody: owned by root, and with the same time.
func writeTar(w io.Writer, files []file, at time.Time) error {
	out := tar.NewWriter(w)
	for _, f := range files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: int64(f.mode.Perm()), Size: int64(len(f.data)), ModTime: at}
		if f.mode.IsDir() {
			header.Typeflag, header.Name = tar.TypeDir, f.name+"/"
		}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if _, err := out.Write(f.data); err != nil {
			return err
		}
	}
	return out.Close()
}
