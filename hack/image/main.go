// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command image makes the operator's container image without a container engine: the manager and the certificates of the public
// certificate authorities, for several platforms, as one OCI archive. Equal sources, stamps and Go releases make equal archives.
// With --root it writes the files of one platform into a folder instead, which is how the Dockerfile gets them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var s stamps
	source := flag.String("source", "../..", "folder of the operator's module")
	platforms := flag.String("platforms", "linux/amd64,linux/arm64", "platforms of the image, with commas between them")
	output := flag.String("output", "", "the OCI archive to write")
	root := flag.String("root", "", "write the files of the only platform into this folder instead")
	name := flag.String("name", "controller:latest", "what the image is called by engines that load the archive")
	flag.StringVar(&s.Version, "version", "unknown", "version of the operator")
	flag.StringVar(&s.Commit, "commit", "unknown", "commit of the sources")
	date := flag.String("date", time.Unix(0, 0).UTC().Format(time.RFC3339), "date of the commit in RFC 3339; every file and the image have it")
	flag.Parse()

	var err error
	if s.Date, err = time.Parse(time.RFC3339, *date); err != nil {
		return fmt.Errorf("--date: %w", err)
	}
	var wanted []v1.Platform
	for text := range strings.SplitSeq(*platforms, ",") {
		p, err := v1.ParsePlatform(text)
		if err != nil {
			return fmt.Errorf("--platforms: %w", err)
		}
		wanted = append(wanted, *p)
	}
	switch {
	case (*root == "") == (*output == ""):
		return errors.New("one of --output and --root is needed")
	case *output != "":
		index, err := makeIndex(ctx, *source, s, wanted)
		if err != nil {
			return err
		}
		digest, err := index.Digest()
		if err != nil {
			return err
		}
		if err := writeArchive(*output, *name, index); err != nil {
			return err
		}
		fmt.Println(digest)
		return nil
	case len(wanted) != 1:
		return errors.New("--root takes one platform")
	default:
		files, err := content(ctx, *source, s, wanted[0])
		if err != nil {
			return err
		}
		return writeFiles(*root, files)
	}
}
