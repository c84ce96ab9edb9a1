// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command manager runs cloudify-operator: controllers that reconcile the kinds of cloudify.co against Cloudify
// Managers, and the endpoint of the Open Service Broker API over the same objects.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	_ "time/tzdata" // of spec.maintenanceWindows: the image has no time zones of its own

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/cloudify-operator/cloudify-operator/internal/process"
)

func main() {
	if err := process.Run(ctrl.SetupSignalHandler(), os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "manager:", err)
		os.Exit(1)
	}
}
