// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import "testing"

const executionSpec = `{deploymentRef: {name: cellar}, workflow: backup}`

func TestCloudifyExecutionOnCreate(t *testing.T) {
	onCreate(t, "CloudifyExecution", executionSpec, []row{
		{"least", `{}`, ""},
		{"everything", `{parameters: {full: true, level: 3, tags: [a], more: {b: [1]}}, parametersFrom: [{parameter: token, secretKeyRef: {name: backup, key: token}}], dryRun: true, timeout: 30m, cancel: true, ttlAfterFinished: 24h}`, ""},
		{"gone at once", `{ttlAfterFinished: 0s}`, ""},
		{"no deployment", `{deploymentRef: null}`, "spec.deploymentRef: Required value"},
		{"a deployment of another namespace", `{deploymentRef: {name: cellar, namespace: other}}`, "unknown field"},
		{"no workflow", `{workflow: ""}`, "spec.workflow"},
		{"a timeout of nothing", `{timeout: 0s}`, "timeout must be at least 1s"},
		{"no duration", `{timeout: soon}`, "timeout"},
		{"a negative ttl", `{ttlAfterFinished: -1h}`, "ttlAfterFinished must not be negative"},
		{"a parameter twice", `{parametersFrom: [{parameter: a, secretKeyRef: {name: s, key: k}}, {parameter: a, configMapKeyRef: {name: s, key: k}}]}`, "Duplicate value"},
		{"two sources of a parameter", `{parametersFrom: [{parameter: a, secretKeyRef: {name: s, key: k}, configMapKeyRef: {name: c, key: k}}]}`, "set exactly one of secretKeyRef and configMapKeyRef"},
		{"a source of nothing", `{parametersFrom: [{parameter: a}]}`, "set exactly one of secretKeyRef and configMapKeyRef"},
		{"an unknown field", `{queue: true}`, "unknown field"},
	})
}

// What an execution was started for stays: only its end can be changed.
func TestCloudifyExecutionOnUpdate(t *testing.T) {
	onUpdate(t, "CloudifyExecution", `{deploymentRef: {name: cellar}, workflow: backup, parameters: {level: 3}, timeout: 1h}`, []row{
		{"nothing", `{}`, ""},
		{"cancel", `{cancel: true}`, ""},
		{"ttlAfterFinished", `{ttlAfterFinished: 1h}`, ""},
		{"parameters, which cannot be compared", `{parameters: {level: 4, full: true}}`, ""},
		{"deploymentRef", `{deploymentRef: {name: other}}`, "deploymentRef and workflow are immutable"},
		{"workflow", `{workflow: restore}`, "deploymentRef and workflow are immutable"},
		{"parametersFrom", `{parametersFrom: [{parameter: a, secretKeyRef: {name: s, key: k}}]}`, "parametersFrom is immutable"},
		{"dryRun", `{dryRun: true}`, "dryRun is immutable"},
		{"timeout", `{timeout: 2h}`, "timeout is immutable"},
		{"no timeout", `{timeout: null}`, "timeout is immutable"},
	})
	onUpdate(t, "CloudifyExecution", `{deploymentRef: {name: cellar}, workflow: backup, dryRun: true, parametersFrom: [{parameter: a, secretKeyRef: {name: s, key: k}}]}`, []row{
		{"another source", `{parametersFrom: [{parameter: a, secretKeyRef: {name: s, key: other}}]}`, "parametersFrom is immutable"},
		{"no source", `{parametersFrom: null}`, "parametersFrom is immutable"},
		{"no dryRun", `{dryRun: null}`, "dryRun is immutable"},
		{"a timeout", `{timeout: 1h}`, "timeout is immutable"},
	})
	onUpdate(t, "CloudifyExecution", `{deploymentRef: {name: cellar}, workflow: backup, ttlAfterFinished: 1h}`, []row{
		{"another ttlAfterFinished", `{ttlAfterFinished: 2h}`, ""},
		{"no ttlAfterFinished", `{ttlAfterFinished: null}`, ""},
	})
	onUpdate(t, "CloudifyExecution", `{deploymentRef: {name: cellar}, workflow: backup, cancel: true}`, []row{
		{"cancel taken back", `{cancel: false}`, "cancel cannot be taken back"},
		{"cancel removed", `{cancel: null}`, "cancel cannot be taken back"},
	})
}
