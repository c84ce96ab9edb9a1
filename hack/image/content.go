// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// stamps say which build this is, in the binary and on the image.
type stamps struct {
	Version, Commit string
	Date            time.Time
}

// file is a file of an archive or of a root file system; a folder, if it has no data and its mode says so.
type file struct {
	name string
	mode os.FileMode
	data []byte
}

// content is everything inside of the image.
func content(ctx context.Context, source string, s stamps, p v1.Platform) ([]file, error) {
	manager, err := buildManager(ctx, source, s, p)
	if err != nil {
		return nil, fmt.Errorf("build the manager for %s: %w", p, err)
	}
	folder := func(name string) file { return file{name: name, mode: os.ModeDir | 0o755} }
	return []file{
		folder("etc"), folder("etc/ssl"), folder("etc/ssl/certs"),
		{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, data: certificates()},
		{name: "manager", mode: 0o755, data: manager},
	}, nil
}

// buildManager compiles without cgo, so that the binary needs no library of the image, and without anything that tells where or
// when it was built.
func buildManager(ctx context.Context, source string, s stamps, p v1.Platform) ([]byte, error) {
	folder, err := os.MkdirTemp("", "image-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	output := filepath.Join(folder, "manager")
	const stamp = " -X github.com/cloudify-operator/cloudify-operator/internal/version."
	ldflags := "-s -w" + stamp + "version=" + s.Version + stamp + "commit=" + s.Commit + stamp + "date=" + s.Date.UTC().Format(time.RFC3339)
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", ldflags, "-o", output, ".")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOOS="+p.OS, "GOARCH="+p.Architecture)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(output)
}

// writeFiles writes files below a folder.
func writeFiles(root string, files []file) error {
	for _, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.name))
		if f.mode.IsDir() {
			if err := os.MkdirAll(path, f.mode.Perm()); err != nil {
				return err
			}
			continue
		}
		if err := os.WriteFile(path, f.data, f.mode.Perm()); err != nil {
			return err
		}
	}
	return nil
}
