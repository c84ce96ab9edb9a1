// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import "errors"

// Parse reads the archive's main file and what it imports.
func Parse(a *Archive, mainFile string, opts Options) (*Blueprint, error) {
	return nil, errors.ErrUnsupported
}
