// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// prepare says what is to be started, or was asked for and not answered: it refuses what the Manager would only trip over, and then
// looks at what runs. It asks nothing while something else has to come first.
func (r *reconciler) prepare(ctx context.Context, s *scope) error {
	if s.found.mine != nil || s.found.lost || s.unwanted() && !s.asked() {
		return nil
	}
	if reason, _ := s.gate(); reason != "" && !s.asked() {
		return nil
	}
	if err := s.visit.Enter(s.conn, s.execution, connection.Change); err != nil {
		return err
	}
	if s.want == nil {
		if s.found.fresh {
			s.execution.Status.Start = nil // too long ago: it is announced anew
		}
		if err := r.readDesired(ctx, s); err != nil {
			return err
		}
	}
	listed, err := r.look(ctx, s)
	if err != nil {
		return err
	}
	s.recognise(listed, s.conn.User())
	if s.found.mine != nil {
		r.sight(s, time.Now())
	}
	return nil
}

// readDesired reads the workflow as the deployment declares it, and the parameters.
func (r *reconciler) readDesired(ctx context.Context, s *scope) error {
	remote, err := s.conn.GetDeployment(ctx, s.deployment.RemoteID())
	switch {
	case cloudify.IsNotFound(err) && s.asked():
		return outcome.Stall(v1alpha1.ReasonExecutionLost, "deployment %s is gone from the Manager, and with it what is known of this execution", s.deployment.RemoteID())
	case cloudify.IsNotFound(err):
		return outcome.WaitFor(later, v1alpha1.ReasonNotInstalled, "deployment %s is not at the Manager", s.deployment.RemoteID())
	case err != nil:
		return fmt.Errorf("read deployment %s: %w", s.deployment.RemoteID(), err)
	}
	workflow, err := s.choose(remote.Workflows)
	if err != nil {
		return err
	}
	template, err := s.conn.Template(ctx, remote.BlueprintID)
	if err != nil {
		return err
	}
	schema, err := template.Schema()
	if err != nil {
		return err
	}
	want := &desired{schema: inputs.Schema{Inputs: workflow.Parameters, DataTypes: schema.DataTypes, Workflow: workflow.Name}}
	s.want = want
	err = r.readParameters(ctx, s, want)
	if s.asked() && s.changed(err) {
		return outcome.Stall(v1alpha1.ReasonExecutionAmbiguous,
			"the Manager did not answer the start, and the parameters changed since, so that the operator cannot tell whether workflow %s runs: check the executions of deployment %s at the Manager",
			workflow.Name, s.deployment.RemoteID())
	}
	return err
}

// changed reports whether the parameters are not those of the start that was asked for. They were good then; and where the execution
// is not to run any longer, it does not matter whether what is missing of them comes back.
func (f *facts) changed(read error) bool {
	switch outcome.Classify(read).Kind {
	case outcome.Done:
		return f.want.digest != f.before.Status.Start.Parameters
	case outcome.Waiting:
		return f.unwanted()
	case outcome.Stalled:
		return true
	default:
		return false
	}
}

// reserved are the workflows that the operator runs itself. What ends in _ is the beginning of several.
var reserved = []string{
	cloudify.WorkflowInstall, cloudify.WorkflowUninstall, cloudify.WorkflowUpdate, cloudify.WorkflowCreate, cloudify.WorkflowDelete, "csys_",
}

func isReserved(workflow string) bool {
	return slices.ContainsFunc(reserved, func(name string) bool {
		return workflow == name || strings.HasSuffix(name, "_") && strings.HasPrefix(workflow, name)
	})
}

// choose finds the workflow among those that the deployment has, or says which there are.
func (f *facts) choose(workflows []cloudify.Workflow) (*cloudify.Workflow, error) {
	name := f.execution.Spec.Workflow
	var known, offered []string
	var chosen *cloudify.Workflow
	for i := range workflows {
		w := &workflows[i]
		if isReserved(w.Name) {
			continue
		}
		known = append(known, w.Name)
		if w.Available == nil || *w.Available {
			offered = append(offered, w.Name)
		}
		if w.Name == name {
			chosen = w
		}
	}
	slices.Sort(known)
	slices.Sort(offered)
	switch {
	case isReserved(name):
		return nil, outcome.Stall(v1alpha1.ReasonUnknownWorkflow,
			"the operator runs workflow %s itself, as the CloudifyDeployment asks for it; workflows to run are %s", name, list(known))
	case chosen == nil && f.asked():
		return nil, outcome.Stall(v1alpha1.ReasonExecutionAmbiguous,
			"the Manager did not answer the start, and deployment %s has no workflow %s any more, so that the operator cannot tell whether it runs: check the deployment's executions at the Manager",
			f.deployment.RemoteID(), name)
	case chosen == nil:
		return nil, outcome.Stall(v1alpha1.ReasonUnknownWorkflow, "deployment %s has no workflow %s%s; it has %s",
			f.deployment.RemoteID(), name, meant(name, known), list(known))
	case f.execution.Spec.DryRun && !f.release.Has(cloudify.DryRuns):
		return nil, outcome.Stall(v1alpha1.ReasonWorkflowUnavailable, "the Manager's release %s has no dry runs, so nothing was started", f.release)
	case !slices.Contains(offered, name) && !f.asked():
		return nil, outcome.Stall(v1alpha1.ReasonWorkflowUnavailable,
			"the Manager does not offer workflow %s in the current state of the node instances; it offers %s", name, list(offered))
	}
	return chosen, nil
}

func meant(name string, known []string) string {
	if hint := inputs.DidYouMean(name, known); hint != "" {
		return " (" + hint + ")"
	}
	return ""
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return outcome.Enumerate(names, 20)
}

// settable is what a workflow declares for people. Where it is a script, the Manager adds which file that is: whoever may run a workflow
// may not run any file of the blueprint.
func settable(declared inputs.Schema) inputs.Schema {
	declared.Inputs = maps.Clone(declared.Inputs)
	delete(declared.Inputs, "script_path")
	return declared
}

// readParameters reads the parameters of the spec and of what it refers to, and says what is wrong with them, never a value.
func (r *reconciler) readParameters(ctx context.Context, s *scope, want *desired) (err error) {
	spec := &s.execution.Spec
	if want.given, err = inputs.Decode(spec.Parameters); err != nil {
		return outcome.Stall(v1alpha1.ReasonInvalidParameters, "%v", err)
	}
	text, err := json.Marshal(spec.Parameters)
	if err != nil {
		return fmt.Errorf("encode the parameters: %w", err)
	}
	versions := map[string]string{"": string(s.execution.UID) + string(text)} // the UID, so that nobody can try which values make the digest
	for _, source := range spec.ParametersFrom {
		if _, twice := want.given[source.Parameter]; twice {
			return outcome.Stall(v1alpha1.ReasonInvalidParameters, "parameter %s is set in both parameters and parametersFrom: remove one of them", source.Parameter)
		}
		kind, ref := "ConfigMap", source.ConfigMapKeyRef
		if source.SecretKeyRef != nil {
			kind, ref = "Secret", source.SecretKeyRef
		}
		key := types.NamespacedName{Namespace: s.key.Namespace, Name: ref.Name}
		data, version, err := references.Read(ctx, r.APIReader, kind, key)
		switch {
		case apierrors.IsNotFound(err):
			return outcome.WaitFor(references.Interval, v1alpha1.ReasonReferenceMissing, "%s %s of spec.parametersFrom not found: create it", kind, key)
		case err != nil:
			return fmt.Errorf("read %s %s: %w", kind, key, err)
		}
		value, ok := data[ref.Key]
		if !ok {
			return outcome.WaitFor(references.Interval, v1alpha1.ReasonReferenceMissing,
				"%s %s has no key %s, which spec.parametersFrom names for parameter %s", kind, ref.Name, ref.Key, source.Parameter)
		}
		versions[kind+"/"+ref.Name] = version
		if want.given[source.Parameter], err = want.schema.Read(source.Parameter, value); err != nil {
			return outcome.Stall(v1alpha1.ReasonInvalidParameters, "%v", err)
		}
	}
	want.digest = references.Digest(versions)
	want.given = inputs.OmitNull(want.given)
	s.hidden = append(s.hidden, s.secretParameters(want.schema, want.given)...)
	if err := want.schema.RefuseFunctions(want.given); err != nil {
		return outcome.Stall(v1alpha1.ReasonInvalidParameters, "%v", err)
	}
	if err := inputs.Validate(settable(want.schema), want.given); err != nil {
		return outcome.Stall(v1alpha1.ReasonInvalidParameters, "%v", err)
	}
	return nil
}
