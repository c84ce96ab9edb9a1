// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

// evaluation is what the Manager makes of capabilities and outputs. What it cannot evaluate is null there, and failed says why, by
// the key it would have in the outputs Secret: one mistake of a blueprint costs one value, not all, and not Ready.
type evaluation struct {
	credentials.Outputs
	failed map[string]string
}

// evaluate reads the values of capabilities and outputs.
func (s *scope) evaluate(ctx context.Context) (*evaluation, error) {
	capabilities, failed, err := s.evaluateAll(ctx, "capabilities", s.conn.GetCapabilities, s.history.remote.Capabilities)
	if err != nil {
		return nil, err
	}
	outputs, failedOutputs, err := s.evaluateAll(ctx, "outputs", s.conn.GetOutputs, s.history.remote.Outputs)
	if err != nil {
		return nil, err
	}
	e := &evaluation{credentials.Outputs{Capabilities: capabilities, Outputs: outputs}, failed}
	for name, why := range failedOutputs {
		failed[e.OutputKey(name)] = why
	}
	return e, nil
}

// evaluateAll asks for all values of a kind at once, where the blueprint has any. Where the Manager refuses all for the sake of
// one, it is asked for each.
func (s *scope) evaluateAll(ctx context.Context, kind string, read func(context.Context, string) (map[string]any, error),
	definitions map[string]cloudify.Definition,
) (values map[string]any, failed map[string]string, err error) {
	failed = map[string]string{}
	if len(definitions) == 0 {
		return nil, failed, nil
	}
	values, err = read(ctx, s.id)
	if unevaluable(err) {
		values, err = map[string]any{}, nil
		for _, name := range slices.Sorted(maps.Keys(definitions)) {
			if values[name], err = s.conn.Evaluate(ctx, s.id, definitions[name].Value); unevaluable(err) {
				failed[name], err = wordsOf(err), nil
			}
			if err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read %s of deployment %s: %w", kind, s.id, err)
	}
	for name, value := range values {
		if text, ok := value.(string); ok && strings.HasPrefix(text, "<ERROR: ") { // how the Manager tells of an attribute that it cannot choose
			values[name], failed[name] = nil, text
		}
	}
	return values, failed, nil
}

// unevaluable reports whether the Manager could not evaluate what it was asked for, or broke over it.
func unevaluable(err error) bool {
	answer, ok := errors.AsType[*cloudify.Error](err)
	return ok && (cloudify.IsMissingPrerequisite(err) || cloudify.IsNotFound(err) || answer.StatusCode == http.StatusInternalServerError)
}

// wordsOf are the Manager's own.
func wordsOf(err error) string {
	answer, _ := errors.AsType[*cloudify.Error](err)
	return answer.Message
}

// keys are those that could not be evaluated, as one text.
func (e *evaluation) keys() string { return strings.Join(slices.Sorted(maps.Keys(e.failed)), ", ") }

// problems says of each what is wrong with it, for people.
func (e *evaluation) problems() []string {
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(e.failed)) {
		problems = append(problems, key+" ("+e.failed[key]+")")
	}
	return problems
}

// keep leaves in the Secret what it has of what could not be evaluated now: a consumer is better off with it than with nothing.
func (e *evaluation) keep(data map[string][]byte, secret *corev1.Secret) map[string][]byte {
	for key := range e.failed {
		if secret == nil {
			break
		}
		if value, ok := secret.Data[key]; ok {
			data[key] = value
		}
	}
	return data
}

// annotations say after which execution the Secret was written, and what it lacks.
func (e *evaluation) annotations(execution string) map[string]string {
	annotations := map[string]string{
		v1alpha1.OutputsExecutionAnnotation: execution, v1alpha1.OutputsDescriptionAnnotation: credentials.Describe(e.Outputs),
	}
	if len(e.failed) > 0 {
		annotations[v1alpha1.OutputsIncompleteAnnotation] = e.keys()
	}
	return annotations
}

// toldIn reports whether the Secret lacked the same before.
func (e *evaluation) toldIn(secret *corev1.Secret) bool {
	return secret != nil && secret.Annotations[v1alpha1.OutputsIncompleteAnnotation] == e.keys()
}

// incomplete reports whether the Secret lacks what could not be evaluated.
func incomplete(secret metav1.Object) bool {
	return secret.GetAnnotations()[v1alpha1.OutputsIncompleteAnnotation] != ""
}
