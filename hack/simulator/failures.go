// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// tracebackError is an error as a failed execution shows it: with a traceback, unless the worker
// knows the exception as one whose message is enough.
type tracebackError struct{ text string }

func (e *tracebackError) Error() string { return e.text }

func tracebackOf(err error) error {
	var input *dsl.InputError
	if !errors.As(err, &input) || input.Exception == "" {
		return err
	}
	return &tracebackError{"File \"/opt/manager/deployment_environment.py\", line 237, in create\n" +
		"  deployment_plan = tasks.prepare_deployment_plan(\n" + input.LastLine() + "\n"}
}

// checkSecrets refuses a plan whose secrets are not all there.
func (s *Simulator) checkSecrets(plan *dsl.Blueprint) error {
	var missing []string
	for _, key := range plan.Secrets {
		if s.secrets.get(key) == nil && !slices.Contains(missing, key) {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return tracebackOf(&dsl.InputError{
		Code: "unknown_deployment_secret_error", Exception: "dsl_parser.exceptions.UnknownSecretError",
		Message: fmt.Sprintf("Required secrets: [%s] don't exist in this tenant", strings.Join(missing, ", ")),
	})
}
