// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// profiler saves a profile of each contest, taken in its first round: profiles cost time, so the figures of such a run are not
// those of another.
func (b *bench) profiler(ctx context.Context, o *rig.Operator) load.Observer {
	if b.profiles == "" {
		return nil
	}
	return func(c *load.Contest, round int, length time.Duration) func() error {
		if round > 0 {
			return func() error { return nil }
		}
		return b.profile(ctx, o, fmt.Sprintf("%s %d", c.Path, c.Clients), length)
	}
}

// profile takes a profile of so much time, which the returned function waits for and saves.
func (b *bench) profile(ctx context.Context, o *rig.Operator, name string, length time.Duration) func() error {
	if b.profiles == "" {
		return func() error { return nil }
	}
	taken := make(chan error, 1)
	go func() {
		data, err := o.Profile(ctx, max(1, int(length.Seconds())))
		if err == nil {
			err = os.MkdirAll(b.profiles, 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(b.profiles, fileName(name)+".pprof"), data, 0o600)
		}
		taken <- err
	}()
	return func() error { return <-taken }
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

func fileName(title string) string {
	return strings.Trim(notInNames.ReplaceAllString(strings.ToLower(title), "-"), "-")
}
