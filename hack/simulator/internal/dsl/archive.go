// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"
	"path"
	"strings"
)

// What an archive may unpack to. The Manager has no limit of its own; its client refuses
// folders above 50 MB or 10,000 files.
const (
	maxArchiveFiles = 10_000
	maxArchiveBytes = 64 << 20
)

// Archive holds the files of a blueprint archive.
type Archive struct {
	top   string
	files map[string][]byte
}

var (
	errUnrecognized = &Error{StateFailedUploading,
		"Blueprint archive is of an unrecognized format. Supported formats are: ['zip', 'tar', 'tar.gz', 'tar.bz2']"}
	errNotOneFolder = &Error{StateFailedExtracting, "Archive must contain exactly 1 directory"}
	errTooLarge     = &Error{StateFailedExtracting, "Archive is too large: more than 10000 files or 64 MB"}
)

// Unpack reads a zip, tar, tar.gz or tar.bz2 with exactly one top-level folder.
func Unpack(archive []byte) (*Archive, error) {
	u := &unpacker{files: map[string][]byte{}, tops: map[string]bool{}}
	if err := u.unpack(archive); err != nil {
		return nil, err
	}
	return u.archive()
}

// Files are the archive's files by their paths relative to the top folder.
func (a *Archive) Files() map[string][]byte { return a.files }

// Top is the name of the archive's folder.
func (a *Archive) Top() string { return a.top }

type unpacker struct {
	files map[string][]byte // by path in the archive
	tops  map[string]bool   // top-level names: is it a folder
	bytes int64
	count int
}

func (u *unpacker) unpack(data []byte) error {
	switch {
	case bytes.HasPrefix(data, []byte("PK")):
		return u.zip(data)
	case bytes.HasPrefix(data, []byte{0x1f, 0x8b}):
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return errUnrecognized
		}
		return u.tar(r)
	case bytes.HasPrefix(data, []byte("BZh")):
		return u.tar(bzip2.NewReader(bytes.NewReader(data)))
	default:
		return u.tar(bytes.NewReader(data))
	}
}

func (u *unpacker) zip(data []byte) error {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errUnrecognized
	}
	for _, f := range r.File {
		if f.FileInfo().IsDir() {
			if err := u.folder(f.Name); err != nil {
				return err
			}
			continue
		}
		content, err := f.Open()
		if err != nil {
			return errUnrecognized
		}
		err = u.file(f.Name, content)
		_ = content.Close() // a reader of bytes in memory
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) tar(r io.Reader) error {
	// The padding of a small archive costs nothing, a bomb of it does.
	tr := tar.NewReader(io.LimitReader(r, 2*maxArchiveBytes))
	for {
		header, err := tr.Next()
		if errors.Is(err, io.EOF) {
			if u.count == 0 && len(u.tops) == 0 {
				return errUnrecognized
			}
			return nil
		}
		if err != nil {
			return errUnrecognized
		}
		switch header.Typeflag {
		case tar.TypeDir:
			err = u.folder(header.Name)
		case tar.TypeReg:
			err = u.file(header.Name, tr)
		}
		if err != nil {
			return err
		}
	}
}

func (u *unpacker) folder(name string) error {
	_, err := u.admit(strings.TrimSuffix(name, "/") + "/")
	return err
}

func (u *unpacker) file(name string, content io.Reader) error {
	name, err := u.admit(name)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(content, maxArchiveBytes-u.bytes+1))
	if err != nil {
		return errUnrecognized
	}
	if u.bytes += int64(len(data)); u.bytes > maxArchiveBytes {
		return errTooLarge
	}
	u.files[name] = data
	return nil
}

// admit notes an entry and returns its clean path; one that leads out of the archive is refused.
func (u *unpacker) admit(name string) (string, error) {
	if u.count++; u.count > maxArchiveFiles {
		return "", errTooLarge
	}
	clean := path.Clean(name)
	if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") {
		return "", &Error{StateFailedExtracting, "Archive member is outside of the archive: " + name}
	}
	if clean == "." {
		return clean, nil
	}
	top, _, inside := strings.Cut(clean, "/")
	u.tops[top] = u.tops[top] || inside || strings.HasSuffix(name, "/")
	return clean, nil
}

func (u *unpacker) archive() (*Archive, error) {
	if len(u.tops) != 1 {
		return nil, errNotOneFolder
	}
	a := &Archive{files: map[string][]byte{}}
	for top, isFolder := range u.tops {
		if !isFolder {
			return nil, errNotOneFolder
		}
		a.top = top
	}
	for name, data := range u.files {
		a.files[strings.TrimPrefix(name, a.top+"/")] = data
	}
	return a, nil
}
