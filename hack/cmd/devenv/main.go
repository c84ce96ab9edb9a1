// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, parseFlags())
	cancel()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode()) // the command has said what is wrong
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "devenv:", err)
		os.Exit(1)
	}
}

// options choose the parts.
type options struct {
	cluster            string
	binaries           string
	controlPlane       string
	provideControllers string
	stateDir           string
	simulatorAddress   string
	osbAddress         string
	release            string
	timeScale          float64
	withoutManager     bool
	bare               bool
	command            []string
}

func parseFlags() options {
	var o options
	flag.StringVar(&o.cluster, "cluster", clusterOwn, "own: start a control plane; current: use the cluster of the current KUBECONFIG")
	flag.StringVar(&o.binaries, "bin", "bin", "the folder of the binaries that make builds")
	flag.StringVar(&o.controlPlane, "controlplane", "", "the folder of etcd, kube-apiserver, kube-controllers and kubectl; default: controlplane in the folder of the other binaries")
	flag.StringVar(&o.provideControllers, "provide-controllers", "", "a shell command that builds kube-controllers while the other parts start; default: they are there already")
	flag.StringVar(&o.stateDir, "state-dir", "", "an empty or new folder for logs, kubeconfigs and data, which is kept; default: a temporary one, which is not")
	flag.StringVar(&o.simulatorAddress, "simulator-address", "127.0.0.1:8100", "where the simulated Manager listens; port 0: any free one")
	flag.StringVar(&o.osbAddress, "osb-address", "127.0.0.1:8090", "where the OSB endpoint listens; port 0: any free one")
	flag.StringVar(&o.release, "release", "7.1", "the release of Cloudify Manager to simulate")
	flag.Float64Var(&o.timeScale, "time-scale", 1, "how many times faster than real time the simulated Manager works")
	flag.BoolVar(&o.withoutManager, "without-manager", false, "do not start bin/manager, to run the operator in another way")
	flag.BoolVar(&o.bare, "bare", false, "connect nothing: no CloudifyManager, no blueprint at the simulated Manager")
	flag.Parse()
	o.command = flag.Args()
	return o
}

// run starts the parts, then waits for the command or, without one, for an interrupt.
func run(interrupted context.Context, o options) (err error) {
	ctx, fail := context.WithCancelCause(interrupted)
	defer fail(nil)
	e := &environment{options: o, fail: fail}
	defer func() { err = errors.Join(err, e.stop()) }()
	if err := e.start(ctx); err != nil {
		return err
	}
	if len(o.command) > 0 {
		return e.execute(ctx)
	}
	e.tour(os.Stdout)
	<-ctx.Done()
	if interrupted.Err() != nil {
		return nil // an interrupt is how a run without a command ends
	}
	return context.Cause(ctx) // a part ended by itself
}
