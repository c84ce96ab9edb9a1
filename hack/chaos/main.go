// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// options are those of a run.
type options struct {
	seeds    []uint64
	duration time.Duration
	release  string
	binaries string
	stateDir string
	keep     bool
	table    bool
}

func parseFlags() (options, error) {
	var o options
	seeds := flag.String("seeds", "1", "which runs, as numbers separated by spaces")
	flag.DurationVar(&o.duration, "duration", 10*time.Minute, "how long the operator is used and faults are injected; settling takes extra time")
	flag.StringVar(&o.release, "release", "7.1", "of the simulated Managers: "+strings.Join(simulator.Releases(), ", "))
	flag.StringVar(&o.binaries, "bin", "bin", "the folder of the binaries that make builds")
	flag.StringVar(&o.stateDir, "state-dir", "bin/chaos", "where logs and results go; logs of runs without violations are not kept")
	flag.BoolVar(&o.keep, "keep", false, "keep the logs, whatever the result")
	flag.BoolVar(&o.table, "table", false, "only print the table of all results in the folder, for docs/reliability.md")
	flag.Parse()
	if !simulator.Knows(o.release) {
		return o, fmt.Errorf("the simulator knows no release %q: choose of %s", o.release, strings.Join(simulator.Releases(), ", "))
	}
	for word := range strings.FieldsSeq(strings.ReplaceAll(*seeds, ",", " ")) {
		seed, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return o, fmt.Errorf("seed %q: %w", word, err)
		}
		o.seeds = append(o.seeds, seed)
	}
	var err error
	if o.binaries, err = filepath.Abs(o.binaries); err != nil {
		return o, err
	}
	if _, err := os.Stat("PROJECT"); err != nil {
		return o, errors.New("run chaos in the root of the repository")
	}
	return o, nil
}

func run(ctx context.Context) error {
	ctrl.SetLogger(logr.Discard())
	o, err := parseFlags()
	if err != nil {
		return err
	}
	if o.table {
		all, err := readResults(o.stateDir)
		if err != nil {
			return err
		}
		fmt.Print(table(all))
		return nil
	}
	var results []result
	bad := 0
	for _, seed := range o.seeds {
		r := runSeed(ctx, o, seed)
		fmt.Print(r.tell())
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		if err := r.save(o.stateDir); err != nil {
			return err
		}
		if len(r.Violations)+len(r.Failures) > 0 {
			bad++
		}
		results = append(results, r)
	}
	fmt.Print("\n" + table(results))
	if bad > 0 {
		return fmt.Errorf("%d of %d seeds failed", bad, len(results))
	}
	return nil
}
