// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
)

// plainIndex says nothing of the kind of its artifacts: they are images. Tools that do not know that field drop it while they
// copy, and the registry would then have another digest than the archive.
type plainIndex struct{ base }

// base is v1.ImageIndex by another name, for that one is also a method.
type base = v1.ImageIndex

func (i plainIndex) IndexManifest() (*v1.IndexManifest, error) {
	manifest, err := i.base.IndexManifest()
	if err != nil {
		return nil, err
	}
	plain := manifest.DeepCopy()
	for n := range plain.Manifests {
		plain.Manifests[n].ArtifactType = ""
	}
	return plain, nil
}

func (i plainIndex) RawManifest() ([]byte, error) {
	manifest, err := i.IndexManifest()
	if err != nil {
		return nil, err
	}
	return json.Marshal(manifest)
}

func (i plainIndex) Digest() (v1.Hash, error) { return partial.Digest(i) }

func (i plainIndex) Size() (int64, error) { return partial.Size(i) }
