// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// user runs the manager: nobody in particular, the number that images of the field call nonroot.
const user = "65532:65532"

// labels describe the image, in the words of the OCI image specification. The Dockerfile has the same.
func labels(s stamps) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       "cloudify-operator",
		"org.opencontainers.image.description": "Kubernetes operator and Open Service Broker endpoint for Cloudify Manager",
		"org.opencontainers.image.source":      "https://github.com/cloudify-operator/cloudify-operator",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     s.Version,
		"org.opencontainers.image.revision":    s.Commit,
		"org.opencontainers.image.created":     s.Date.UTC().Format(time.RFC3339),
	}
}

// makeIndex builds the image of each platform.
func makeIndex(ctx context.Context, source string, s stamps, platforms []v1.Platform) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range platforms {
		files, err := content(ctx, source, s, p)
		if err != nil {
			return nil, err
		}
		image, err := makeImage(files, s, p)
		if err != nil {
			return nil, fmt.Errorf("make the image for %s: %w", p, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &p}})
	}
	return plainIndex{mutate.Annotations(index, labels(s)).(v1.ImageIndex)}, nil
}

// makeImage puts files into an image of one layer.
func makeImage(files []file, s stamps, p v1.Platform) (v1.Image, error) {
	var data bytes.Buffer
	if err := writeTar(&data, files, s.Date); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.DefaultCompression), tarball.WithCompressedCaching)
	if err != nil {
		return nil, err
	}
	created := v1.Time{Time: s.Date.UTC()}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.ConfigFile(image, &v1.ConfigFile{
		Created: created, OS: p.OS, Architecture: p.Architecture, RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{User: user, Entrypoint: []string{"/manager"}, Labels: labels(s)},
	})
	if err != nil {
		return nil, err
	}
	return mutate.Append(image, mutate.Addendum{Layer: layer, History: v1.History{Created: created, CreatedBy: "make image"}})
}
