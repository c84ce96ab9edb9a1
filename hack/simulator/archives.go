// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"maps"
	"slices"
)

// topFolder is the one folder that the Manager wants in an archive.
const topFolder = "blueprint/"

// Zip makes a blueprint archive of files by their paths.
func Zip(files map[string]string) []byte {
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		file, err := archive.Create(topFolder + path)
		must(err)
		_, err = file.Write([]byte(files[path]))
		must(err)
	}
	must(archive.Close())
	return buffer.Bytes()
}

// TarGz makes a blueprint archive of files by their paths.
func TarGz(files map[string]string) []byte {
	var buffer bytes.Buffer
	compressed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(compressed)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		must(archive.WriteHeader(&tar.Header{Name: topFolder + path, Mode: 0o644, Size: int64(len(files[path]))}))
		_, err := archive.Write([]byte(files[path]))
		must(err)
	}
	must(archive.Close())
	must(compressed.Close())
	return buffer.Bytes()
}

// ZipFS makes a blueprint archive of a folder.
func ZipFS(folder fs.FS) ([]byte, error) {
	files := map[string]string{}
	err := fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, path)
		files[path] = string(content)
		return err
	})
	if err != nil {
		return nil, err
	}
	return Zip(files), nil
}

// must is for writing to memory, which cannot fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
