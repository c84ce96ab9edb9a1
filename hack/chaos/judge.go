// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

// judgement is what is not as it was promised. While things still happen it is unrest; once nothing does, each is a violation.
type judgement struct {
	violations []violation
	// orphans are what is at a Manager without an object and is reported, or explained by what befell the operator.
	reported, explained []string
}

// reportOrphans is the rule that an orphan breaks which is neither reported nor explained.
const reportOrphans = "nothing at a Manager without an object"

// goWithOwners is the rule of what belongs to something else.
const goWithOwners = "Secrets, bindings and executions go with their owners"

// judge compares all that there is with all that was promised.
func judge(f facts) judgement {
	var j judgement
	objects := map[string]*v1alpha1.CloudifyDeployment{}
	uids := map[types.UID]bool{}
	for i := range f.deployments {
		d := &f.deployments[i]
		objects[d.RemoteID()], uids[d.UID] = d, true
		j.deployment(f, d)
	}
	for i := range f.blueprints {
		uids[f.blueprints[i].UID] = true
		j.blueprint(&f.blueprints[i])
	}
	for i := range f.bindings {
		uids[f.bindings[i].UID] = true
	}
	for i := range f.executions {
		j.execution(f, &f.executions[i])
	}
	for _, m := range f.managers {
		j.manager(f, m, objects)
	}
	j.owners(f, uids)
	for _, who := range f.outstanding {
		j.say("every operation of a platform ends", who, "its operation is still in progress")
	}
	return j
}

func (j *judgement) say(rule, about, format string, args ...any) {
	j.violations = append(j.violations, violation{rule: rule, about: []string{about}, text: about + ": " + fmt.Sprintf(format, args...)})
}

// deployment judges an object against its Manager.
func (j *judgement) deployment(f facts, d *v1alpha1.CloudifyDeployment) {
	name := nameOf(d)
	switch {
	case !d.DeletionTimestamp.IsZero():
		j.say("what is deleted goes", name, "%s", describe(d, d.Status.Conditions))
		return
	case !slices.Contains(d.Finalizers, v1alpha1.Finalizer):
		j.say("the finalizer is put back", name, "%s", describe(d, d.Status.Conditions))
	case !d.IsReady():
		j.say("everything is Ready, or failed where told", name, "%s", describe(d, d.Status.Conditions))
		return
	}
	var found *simulator.Deployment
	for _, m := range f.managers {
		for i := range m.deployments {
			if m.deployments[i].ID != d.RemoteID() {
				continue
			}
			if found != nil {
				j.say("one deployment an object", name, "%s is at both Managers", d.RemoteID())
			}
			found = &m.deployments[i]
			j.remote(f, m, d, found)
		}
	}
	if found == nil {
		j.say("one deployment an object", name, "%s is at no Manager, and it says %s", d.RemoteID(), describe(d, d.Status.Conditions))
	}
}

// remote judges a deployment at its Manager against its object.
func (j *judgement) remote(f facts, m managerFacts, d *v1alpha1.CloudifyDeployment, found *simulator.Deployment) {
	name := nameOf(d)
	if !found.Installed() {
		j.say("Ready means installed", name, "at %s its instances are %v", m.name, found.Instances)
	}
	description := ""
	for _, b := range m.blueprints {
		if b.ID == found.BlueprintID {
			description = b.Description
		}
	}
	referred, whole := f.referred(d)
	if has, should := plainly(found.Inputs), plainly(wanted(d, description, referred)); whole && !reflect.DeepEqual(has, should) {
		j.say("inputs at the Manager are those of the spec", name, "they differ in %s (the Manager has %s, generation %d)", difference(has, should), found.BlueprintID, d.Generation)
	}
	secret := f.secret(d.Namespace, d.OutputsSecretName())
	switch url := urlAt(plainly(found.Inputs).(map[string]any)["port"]); {
	case secret == nil:
		j.say("the outputs Secret is there", name, "%s is not", d.OutputsSecretName())
	case string(secret.Data["url"]) != url:
		j.say("the outputs Secret has the outputs", name, "its url is %q, not %q", secret.Data["url"], url)
	}
}

// difference names the inputs that differ, not their values, which may be secret.
func difference(has, should any) string {
	var names []string
	h, _ := has.(map[string]any)
	s, _ := should.(map[string]any)
	for name, value := range s {
		if !reflect.DeepEqual(h[name], value) {
			shown := fmt.Sprintf("%s (has %v, should be %v)", name, h[name], value)
			names = append(names, strings.ReplaceAll(shown, secretMark, "…"))
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// referred are the inputs that come from Secrets; false if one is missing.
func (f facts) referred(d *v1alpha1.CloudifyDeployment) (map[string]string, bool) {
	values := map[string]string{}
	for _, from := range d.Spec.InputsFrom {
		if from.SecretKeyRef == nil {
			continue
		}
		secret := f.secret(d.Namespace, from.SecretKeyRef.Name)
		if secret == nil {
			return nil, false
		}
		values[from.Input] = string(secret.Data[from.SecretKeyRef.Key])
	}
	return values, true
}

func (f facts) secret(namespace, name string) *corev1.Secret {
	for i := range f.secrets {
		if f.secrets[i].Namespace == namespace && f.secrets[i].Name == name {
			return &f.secrets[i]
		}
	}
	return nil
}

func (j *judgement) blueprint(b *v1alpha1.CloudifyBlueprint) {
	switch {
	case !b.DeletionTimestamp.IsZero():
		j.say("what is deleted goes", nameOf(b), "%s", describe(b, b.Status.Conditions))
	case !slices.Contains(b.Finalizers, v1alpha1.Finalizer):
		j.say("the finalizer is put back", nameOf(b), "%s", describe(b, b.Status.Conditions))
	case !b.IsReady():
		j.say("everything is Ready, or failed where told", nameOf(b), "%s", describe(b, b.Status.Conditions))
	}
}

// manager judges what is at a Manager: each thing there has an object, or was let go, and nothing runs.
func (j *judgement) manager(f facts, m managerFacts, objects map[string]*v1alpha1.CloudifyDeployment) {
	if !m.ready {
		j.say("everything is Ready, or failed where told", "manager//"+m.name, "%s", m.state)
	}
	used, known := map[string]bool{}, map[string]bool{}
	var without []string
	for _, d := range m.deployments {
		used[d.BlueprintID] = true
		for _, e := range m.executions[d.ID] {
			if e.Active() {
				j.say("nothing runs for ever", d.ID, "%s is %s", e.Workflow, e.Status)
			}
		}
		if objects[d.ID] == nil && f.letGo[d.ID] == "" {
			without = append(without, d.ID)
		}
	}
	for _, b := range f.blueprints {
		for _, revision := range b.Status.Revisions {
			known[revision.BlueprintID] = true
		}
	}
	for _, b := range m.blueprints {
		if !known[b.ID] && !used[b.ID] {
			without = append(without, b.ID)
		}
	}
	for _, id := range without {
		switch {
		case m.count >= len(without) || slices.Contains(m.reported, id):
			j.reported = append(j.reported, id)
		case f.excuses[id] != "":
			j.explained = append(j.explained, id+": "+f.excuses[id])
		default:
			j.say(reportOrphans, id, "%s has it, nobody reports it, and nothing explains it", m.name)
		}
	}
}

// owners judges what belongs to others: it goes with them.
func (j *judgement) owners(f facts, uids map[types.UID]bool) {
	check := func(kind, namespace, name string, owners []metav1.OwnerReference) {
		for _, owner := range owners {
			if !uids[owner.UID] {
				j.say(goWithOwners, fmt.Sprintf("deployment/%s/%s", namespace, owner.Name), "%s %s is there, and %s %s is gone", kind, name, owner.Kind, owner.Name)
			}
		}
	}
	referred := map[string]bool{}
	for _, d := range f.deployments {
		if d.Spec.OSB != nil && d.Spec.OSB.ParametersSecret != "" {
			referred[d.Spec.OSB.ParametersSecret] = true
		}
	}
	for _, s := range f.secrets {
		check("Secret", s.Namespace, s.Name, s.OwnerReferences)
		if s.Namespace == services && len(s.OwnerReferences) == 0 {
			j.say(goWithOwners, "secret/"+services+"/"+s.Name, "nobody owns it")
		}
		if s.Namespace == services && strings.HasPrefix(s.Name, "parameters-") && !referred[s.Name] {
			j.say("Secrets of former parameters go", "secret/"+services+"/"+s.Name, "no instance refers to it")
		}
	}
	for _, e := range f.executions {
		check("CloudifyExecution", e.Namespace, e.Name, e.OwnerReferences)
	}
	for _, b := range f.bindings {
		check("CloudifyBinding", b.Namespace, b.Name, b.OwnerReferences)
	}
}
