// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"errors"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// tracebackError is an error as a failed execution shows it: with a traceback, unless the worker
// knows the exception as one whose message is enough.
type tracebackError struct {
	text string
	err  error
}

func (e *tracebackError) Error() string { return e.text }
func (e *tracebackError) Unwrap() error { return e.err }

func tracebackOf(err error) error {
	input, ok := errors.AsType[*dsl.InputError](err)
	if !ok || input.Exception == "" {
		return err
	}
	return &tracebackError{"File \"/opt/manager/deployment_environment.py\", line 237, in create\n" +
		"  deployment_plan = tasks.prepare_deployment_plan(\n" + input.LastLine() + "\n", err}
}

// checkSecrets refuses a deployment that names secrets which are not there.
func (s *Simulator) checkSecrets(d *deployment, plan *dsl.Blueprint) error {
	keys, err := plan.SecretKeys(scope{sim: s, deployment: d})
	if err != nil {
		return err
	}
	var missing []string
	for _, key := range keys {
		if s.secrets.get(key) == nil {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return dsl.UnknownSecrets(missing)
}
