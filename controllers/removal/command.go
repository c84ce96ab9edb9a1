// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package removal

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/config"

	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// Command is the name of the command.
const Command = "check-removal"

// Run carries out the command with its arguments, against the cluster of the KUBECONFIG or the pod.
func Run(ctx context.Context, args []string, out io.Writer) error {
	opts := Options{Out: out}
	flags := flag.NewFlagSet("manager "+Command, flag.ContinueOnError)
	flags.SetOutput(out)
	flags.BoolVar(&opts.Orphan, "orphan", false, "delete all objects of the operator, but leave what they stand for at the Managers; the operator must be running")
	flags.DurationVar(&opts.Timeout, "timeout", 5*time.Minute, "with --orphan: how long the operator may take to release the objects of a kind")
	config.RegisterFlags(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("%s takes no argument %q", Command, flags.Arg(0))
	case opts.Timeout <= 0:
		return fmt.Errorf("--timeout is %v: it must be positive", opts.Timeout)
	}
	where, err := kube.Config()
	if err != nil {
		return err
	}
	c, err := client.New(where, client.Options{Scheme: kube.Scheme()})
	if err != nil {
		return fmt.Errorf("reach the Kubernetes API: %w", err)
	}
	return Check(ctx, c, opts)
}
