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
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options of a run.
type options struct {
	parts    string
	check    bool
	document string
	binaries string
	profiles string
	// rounds of each contest, of so much time for each side.
	rounds int
	round  time.Duration
	sizes  sizes
	bare   bare
}

// bare is what this program does when it is started as the limit of the operator.
type bare struct{ answers, address, certificates string }

func parseFlags() (options, error) {
	var o options
	flag.StringVar(&o.parts, "parts", "osb operator scale", "which parts to run")
	flag.BoolVar(&o.check, "check", false, "measure some ratios again and compare them with the document")
	flag.StringVar(&o.document, "document", filepath.Join("docs", "benchmarks.md"), "the document to write the figures into")
	flag.StringVar(&o.binaries, "bin", "bin", "the folder of the binaries that make builds")
	flag.StringVar(&o.profiles, "pprof", "", "a folder for processor profiles of the operator")
	flag.IntVar(&o.rounds, "rounds", 5, "how often each contest is held")
	flag.DurationVar(&o.round, "round", 600*time.Millisecond, "how long each side of a contest works in a round")
	o.sizes.flags()
	flag.StringVar(&o.bare.answers, "bare", "", "only serve the answers in this file; for the benchmark itself")
	flag.StringVar(&o.bare.address, "bare-address", "", "where they are served")
	flag.StringVar(&o.bare.certificates, "bare-cert-dir", "", "a folder with tls.crt and tls.key")
	flag.Parse()
	var err error
	o.binaries, err = filepath.Abs(o.binaries)
	return o, err
}

func run(ctx context.Context) error {
	ctrl.SetLogger(logr.Discard())
	o, err := parseFlags()
	if err != nil {
		return err
	}
	if o.bare.answers != "" {
		return rig.ServeBare(ctx, o.bare.answers, o.bare.address, o.bare.certificates)
	}
	if err := o.validate(); err != nil {
		return err
	}
	if _, err := os.Stat("PROJECT"); err != nil {
		return errors.New("run bench in the root of the repository")
	}
	if o.check {
		return o.compare(ctx)
	}
	return o.measure(ctx)
}

// part is one of the document's.
type part struct {
	name string
	run  func(ctx context.Context, b *bench) (report.Section, error)
}

var parts = []part{{"osb", measureOSB}, {"operator", measureOperator}, {"scale", measureScale}}

// measure runs parts, each on a rig of its own, and writes what came of each as soon as it is known.
func (o options) measure(ctx context.Context) error {
	wanted := strings.Fields(o.parts)
	for _, name := range wanted {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
			return fmt.Errorf("there is no part %q: choose of osb, operator and scale", name)
		}
	}
	for _, p := range parts {
		if !slices.Contains(wanted, p.name) {
			continue
		}
		begun := time.Now()
		fmt.Printf("%s:\n", p.name)
		section, err := o.onRig(ctx, p.run)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		section.Name = p.name
		if err := section.Write(ctx, o.document, filepath.Join(o.binaries, "bench-plot")); err != nil {
			return err
		}
		fmt.Printf("%s took %s and is in %s\n", p.name, time.Since(begun).Round(time.Second), o.document)
	}
	return nil
}

// bench is a part that runs.
type bench struct {
	options
	*rig.Rig
}

func (o options) onRig(ctx context.Context, do func(context.Context, *bench) (report.Section, error)) (section report.Section, err error) {
	r, err := rig.Start(ctx, o.binaries)
	defer func() { err = errors.Join(err, r.Stop()) }()
	if err != nil {
		return section, err
	}
	version, err := r.ServerVersion(ctx)
	if err != nil {
		return section, err
	}
	machine, err := report.ReadMachine(ctx, version, o.binaries)
	if err != nil {
		return section, err
	}
	section, err = do(ctx, &bench{options: o, Rig: r})
	section.Machine = machine
	return section, err
}

// tell says what is being done.
func (b *bench) tell(format string, values ...any) {
	fmt.Printf("  %s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, values...))
}
