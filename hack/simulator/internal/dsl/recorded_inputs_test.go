// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"fmt"
	"slices"
	"testing"

	. "github.com/onsi/gomega"
)

// Each is one recorded create of a deployment of the blueprint demo, or of capuser.
func TestRecordedInputs(t *testing.T) {
	for _, test := range []struct {
		inputs string
		want   InputError
	}{
		{`{"name": "abc", "size": "three"}`, InputError{CodeConstraint,
			"Value is not comparable, the Constraint argument type  is 'list' but value type is 'str'.", constraintException}},
		{`{"name": "abc", "size": "3"}`, InputError{CodeConstraint,
			"Value is not comparable, the Constraint argument type  is 'list' but value type is 'str'.", constraintException}},
		{`{"name": "abc", "enabled": "yes"}`, InputError{Code: CodeInputEvaluation, Message: "Property type validation failed in " +
			"'enabled': the defined type is 'boolean', yet it was assigned with the value 'yes'"}},
		{`{"name": "abc", "tags": "x"}`, InputError{Code: CodeInputEvaluation, Message: "Property type validation failed in " +
			"'tags': the defined type is 'list', yet it was assigned with the value 'x'"}},
		{`{"name": "ABC"}`, InputError{CodeConstraint,
			"Value ABC of input name violates constraint pattern(^[a-z][a-z0-9-]*$) operator.", constraintException}},
		{`{"name": "abc", "size": 99}`, InputError{CodeConstraint,
			"Value 99 of input size violates constraint in_range(1, 10) operator.", constraintException}},
		{`{"name": "abc", "flavor": "huge"}`, InputError{CodeConstraint,
			"Value huge of input flavor violates constraint valid_values(small, medium, large) operator.", constraintException}},
		{`{"name": null}`, InputError{CodeConstraint, "Value must be of type string, got type 'NoneType'", constraintException}},
	} {
		t.Run(test.inputs, func(t *testing.T) {
			g := NewWithT(t)
			b, err := parseRecorded(t, "demo", "")
			g.Expect(err).NotTo(HaveOccurred())
			inputs := object(t, test.inputs)
			g.Expect(b.CheckInputNames(inputs)).To(Succeed())
			_, err = b.PrepareInputs(inputs)
			g.Expect(*inputError(t, err)).To(Equal(test.want))
		})
	}
}

func TestRecordedInputNames(t *testing.T) {
	g := NewWithT(t)
	b, err := parseRecorded(t, "demo", "")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(*inputError(t, b.CheckInputNames(nil))).To(Equal(InputError{Code: CodeMissingInput, Message: "missing inputs: name"}))
	g.Expect(*inputError(t, b.CheckInputNames(object(t, `{"name": "abc", "nosuch": 1}`)))).To(Equal(
		InputError{Code: CodeUnknownInput, Message: "Cannot create deployment - unknown inputs: nosuch"}))
}

func TestRecordedLastLines(t *testing.T) {
	g := NewWithT(t)
	b, err := parseRecorded(t, "demo", "")
	g.Expect(err).NotTo(HaveOccurred())
	_, err = b.PrepareInputs(object(t, `{"name": "abc", "size": 99}`))
	g.Expect(inputError(t, err).LastLine()).To(Equal(
		"dsl_parser.exceptions.ConstraintException: Value 99 of input size violates constraint in_range(1, 10) operator."))
	_, err = b.PrepareInputs(object(t, `{"name": "abc", "enabled": "yes"}`))
	g.Expect(inputError(t, err).LastLine()).To(HavePrefix("Property type validation failed in 'enabled'"))
	g.Expect(UnknownSecrets([]string{"db_password"}).LastLine()).To(Equal(
		"dsl_parser.exceptions.UnknownSecretError: Required secrets: [db_password] don't exist in this tenant"))
}

func TestRecordedEffectiveInputs(t *testing.T) {
	g := NewWithT(t)
	b, err := parseRecorded(t, "demo", "")
	g.Expect(err).NotTo(HaveOccurred())
	inputs, err := b.PrepareInputs(object(t, `{"name": "svc-one", "size": 3, "flavor": "medium", "enabled": false,
		"ratio": 1.5, "tags": ["a", "b"], "opts": {"k": {"n": 1}}}`))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(toJSON(t, inputs)).To(MatchJSON(`{"name": "svc-one", "size": 3, "flavor": "medium", "enabled": false, "ratio": 1.5,
		"tags": ["a", "b"], "opts": {"k": {"n": 1}}, "secret_like": "", "delay": 0, "fail_on": ""}`))
}

type known map[string][]string

func (k known) Exists(typ, value string) bool { return slices.Contains(k[typ], value) }

func TestRecordedObjectInput(t *testing.T) {
	g := NewWithT(t)
	b, err := parseRecorded(t, "capuser", "")
	g.Expect(err).NotTo(HaveOccurred())
	manager := known{"deployment_id": {"prov"}}
	_, err = b.PrepareInputsAt(object(t, `{"other": "nosuch"}`), manager)
	g.Expect(*inputError(t, err)).To(Equal(InputError{CodeConstraint,
		"Value 'nosuch' of 'other' is not a valid value for data type 'deployment_id'.", constraintException}))
	inputs, err := b.PrepareInputsAt(object(t, `{"other": "prov"}`), manager)
	g.Expect(err).NotTo(HaveOccurred())

	dependencies, err := b.Dependencies(deployment{blueprint: b, inputs: inputs})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(dependencies).To(Equal([]Dependency{
		{Creator: "nodes.root.properties.resource_id.get_capability", Target: "prov"},
		{Creator: "capabilities.relayed.value.get_capability", Target: "prov"},
	}))
}

func TestRecordedParameters(t *testing.T) {
	for _, test := range []struct{ workflow, given, want string }{
		{"install", `{"nosuch": 1}`, `Workflow "install" does not have the following parameters declared: nosuch. ` +
			"Remove these parameters or use the flag for allowing custom parameters"},
		{"backup", `{}`, `Workflow "backup" must be provided with the following parameters to execute: target`},
		{"backup", `{"target": "x", "level": "high"}`, `Parameter "level" must be of type integer`},
	} {
		t.Run(test.want, func(t *testing.T) {
			g := NewWithT(t)
			b, err := parseRecorded(t, "demo", "")
			g.Expect(err).NotTo(HaveOccurred())
			want := InputError{Code: CodeIllegalParameters, Message: test.want}
			_, err = b.Workflows[test.workflow].CheckParameters(object(t, test.given), false, nil)
			g.Expect(*inputError(t, err)).To(Equal(want))
		})
	}
}

func TestRecordedMergedParameters(t *testing.T) {
	for _, test := range []struct {
		workflow, given, want string
		custom                bool
	}{
		{"install", `{}`, `{"type_names": [], "node_ids": [], "node_instance_ids": []}`, false},
		{"uninstall", `{"ignore_failure": true}`,
			`{"ignore_failure": true, "type_names": [], "node_ids": [], "node_instance_ids": []}`, false},
		{"backup", `{"target": "s3", "level": 2}`, `{"target": "s3", "level": 2, "script_path": "scripts/backup.py"}`, false},
		{"backup", `{"target": "s3", "zzz": 2}`,
			`{"target": "s3", "zzz": 2, "level": 1, "script_path": "scripts/backup.py"}`, true},
		{"execute_operation", `{"operation": "cloudify.interfaces.lifecycle.start", "node_ids": ["app"]}`,
			`{"operation": "cloudify.interfaces.lifecycle.start", "node_ids": ["app"], "operation_kwargs": {},
			"allow_kwargs_override": null, "run_by_dependency_order": false, "type_names": [], "node_instance_ids": []}`, false},
	} {
		t.Run(fmt.Sprint(test.workflow, test.given), func(t *testing.T) {
			g := NewWithT(t)
			b, err := parseRecorded(t, "demo", "")
			g.Expect(err).NotTo(HaveOccurred())
			merged, err := b.Workflows[test.workflow].CheckParameters(object(t, test.given), test.custom, nil)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(toJSON(t, merged)).To(MatchJSON(test.want))
		})
	}
}
