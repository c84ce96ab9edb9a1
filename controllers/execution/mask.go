// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"context"
	"errors"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// secretParameters are the values of parameters that come from Secrets, and of those that the blueprint hides.
func (f *facts) secretParameters(schema inputs.Schema, values map[string]any) []string {
	var names []string
	for _, source := range f.execution.Spec.ParametersFrom {
		if source.SecretKeyRef != nil {
			names = append(names, source.Parameter)
		}
	}
	return inputs.Sensitive(schema, values, names...)
}

// readHidden reads what must not be shown of the Manager's words on a failure: secret parameters of the execution, and the inputs of
// its deployment but for those that stand openly in the spec.
func (r *reconciler) readHidden(ctx context.Context, s *scope) error {
	e, err := s.conn.GetExecution(ctx, s.found.mine.ID)
	switch {
	case cloudify.IsNotFound(err):
	case err != nil:
		return fmt.Errorf("read execution %s: %w", s.found.mine.ID, err)
	default:
		s.hidden = append(s.hidden, s.secretParameters(inputs.Schema{}, e.Parameters)...)
	}
	remote, err := s.conn.GetDeployment(ctx, s.deployment.RemoteID())
	switch {
	case cloudify.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("read deployment %s: %w", s.deployment.RemoteID(), err)
	}
	var schema inputs.Schema
	if template, err := s.conn.Template(ctx, remote.BlueprintID); err == nil {
		schema, _ = template.Schema()
	}
	names, err := r.secretInputs(ctx, s, remote.Inputs)
	if err != nil {
		return err
	}
	s.hidden = append(s.hidden, inputs.Sensitive(schema, remote.Inputs, names...)...)
	return nil
}

// secretInputs are the inputs of the deployment whose values do not stand in its spec, or that its offering calls sensitive.
func (r *reconciler) secretInputs(ctx context.Context, s *scope, values map[string]any) ([]string, error) {
	var names []string
	for name := range values {
		if _, open := s.deployment.Spec.Inputs[name]; !open {
			names = append(names, name)
		}
	}
	var b v1alpha1.CloudifyBlueprint
	if err := r.Get(ctx, s.deployment.BlueprintKey(), &b); client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("read CloudifyBlueprint: %w", err)
	}
	if b.Spec.Offering != nil {
		names = append(names, b.Spec.Offering.SensitiveInputs...)
	}
	return names, nil
}

// masked hides in an outcome what must not be shown, and in its error, for the queue logs it.
func (f *facts) masked(out outcome.Outcome) outcome.Outcome {
	message := inputs.Mask(out.Message, f.hidden)
	if out.Err != nil && message != out.Message {
		out.Err = errors.New(message)
	}
	out.Message = message
	return out
}
