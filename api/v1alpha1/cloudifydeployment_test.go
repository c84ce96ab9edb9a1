// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

const deploymentSpec = `{blueprintRef: {name: nodecellar}}`

func TestCloudifyDeploymentOnCreate(t *testing.T) {
	const (
		keys     = "keys must consist of lower-case letters, digits and -._~"
		reserved = "keys beginning with csys- or k8s-, and managed-by, are reserved"
		values   = "values must not be empty or contain double quotes or control characters"
	)
	onCreate(t, "CloudifyDeployment", deploymentSpec, []row{
		{"the least", `{}`, ""},
		{"everything", `{blueprintRef: {namespace: catalog}, inputs: {port: 8080}, displayName: "Our cellar", labels: {team: wine}, deletionPolicy: Orphan}`, ""},

		{"inputs from elsewhere", `{inputsFrom: [{input: a, secretKeyRef: {name: s, key: k}}, {input: b, configMapKeyRef: {name: c, key: k}}, {input: c, deploymentRef: {name: d, output: o}}, {input: d, deploymentRef: {name: d, capability: c}}]}`, ""},
		{"an input from nowhere", `{inputsFrom: [{input: a}]}`, "set exactly one of secretKeyRef, configMapKeyRef and deploymentRef"},
		{"an input from two places", `{inputsFrom: [{input: a, secretKeyRef: {name: s, key: k}, deploymentRef: {name: d, output: o}}]}`, "set exactly one of secretKeyRef, configMapKeyRef and deploymentRef"},
		{"nothing of a deployment", `{inputsFrom: [{input: a, deploymentRef: {name: d}}]}`, "set exactly one of capability and output"},
		{"two things of a deployment", `{inputsFrom: [{input: a, deploymentRef: {name: d, capability: c, output: o}}]}`, "set exactly one of capability and output"},

		{"no blueprint", `{blueprintRef: null}`, "spec.blueprintRef: Required value"},
		{"blueprint without a name", `{blueprintRef: {name: null}}`, "spec.blueprintRef.name: Required value"},
		{"blueprint of no name", `{blueprintRef: {name: ""}}`, "spec.blueprintRef.name"},
		{"blueprint with a long namespace", fmt.Sprintf(`{blueprintRef: {namespace: %s}}`, strings.Repeat("n", 64)), "may not be more than 63 bytes"},

		{"as many inputs as may be", fmt.Sprintf(`{inputs: {%s}}`, numbered(256, `i%d: 1`)), ""},
		{"too many inputs", fmt.Sprintf(`{inputs: {%s}}`, numbered(257, `i%d: 1`)), "must have at most 256 items"},
		{"inputs as a list", `{inputs: [1]}`, "spec.inputs"},

		{"display name too long", fmt.Sprintf(`{displayName: %s}`, strings.Repeat("d", 257)), "may not be more than 256 bytes"},
		{"display name on two lines", `{displayName: "a\nb"}`, "spec.displayName"},

		{"label", `{labels: {a.b-c_d~1: "any value at all: ü"}}`, ""},
		{"label with an upper-case key", `{labels: {Team: wine}}`, keys},
		{"label with a slash in its key", `{labels: {a/b: wine}}`, keys},
		{"label without a key", `{labels: {"": wine}}`, keys},
		{"label of the Manager", `{labels: {csys-obj-type: service}}`, reserved},
		{"label of the operator", `{labels: {k8s-adoptable-by: shop}}`, reserved},
		{"label of who manages it", `{labels: {managed-by: me}}`, reserved},
		{"label without a value", `{labels: {team: ""}}`, "spec.labels.team"},
		{"label with a quote in its value", `{labels: {team: 'a"b'}}`, values},
		{"label with a line break in its value", `{labels: {team: "a\nb"}}`, values},
		{"label with a long value", fmt.Sprintf(`{labels: {team: %s}}`, strings.Repeat("w", 257)), "may not be more than 256 bytes"},
		{"label with a list of values", `{labels: {team: [a]}}`, "spec.labels.team"},
		{"too many labels", fmt.Sprintf(`{labels: {%s}}`, numbered(65, `l%d: a`)), "must have at most 64 items"},

		{"window", `{maintenanceWindows: [{schedule: "0 2 * * 6", duration: 4h, timeZone: Europe/Berlin}]}`, ""},
		{"window with lists, ranges and steps", `{maintenanceWindows: [{schedule: "*/15 1,3-5/2 1-7,15 jan-JUN/2 mon,6", duration: 4h}]}`, ""},
		{"window of two fields", `{maintenanceWindows: [{schedule: "0 2          ", duration: 4h}]}`, "schedule must have five fields"},
		{"window of a word", `{maintenanceWindows: [{schedule: "@weekly  ", duration: 4h}]}`, "schedule must have five fields"},
		{"window at minute 60", `{maintenanceWindows: [{schedule: "60 2 * * 6", duration: 4h}]}`, "the minute of schedule (field 1) must be from 0 to 59"},
		{"window at hour 24", `{maintenanceWindows: [{schedule: "0 24 * * 6", duration: 4h}]}`, "the hour of schedule (field 2) must be from 0 to 23"},
		{"window on day 0", `{maintenanceWindows: [{schedule: "0 2 0 * 6", duration: 4h}]}`, "the day of month of schedule (field 3) must be from 1 to 31"},
		{"window in month 13", `{maintenanceWindows: [{schedule: "0 2 * 13 6", duration: 4h}]}`, "the month of schedule (field 4) must be from 1 to 12"},
		{"window on weekday 7", `{maintenanceWindows: [{schedule: "0 2 * * 7", duration: 4h}]}`, "the day of week of schedule (field 5) must be from 0 to 6"},
		{"window with a time zone in its schedule", `{maintenanceWindows: [{schedule: "TZ=Europe/Berlin 0 2 * * 6", duration: 4h}]}`, "schedule must have five fields"},
		{"window that is no time", `{maintenanceWindows: [{schedule: "0 2 * * 6", duration: 0s}]}`, "duration must be from 1m to 744h"},
		{"window without a duration", `{maintenanceWindows: [{schedule: "0 2 * * 6", duration: null}]}`, "duration: Required value"},
		{"window in no time zone", `{maintenanceWindows: [{schedule: "0 2 * * 6", duration: 4h, timeZone: Europe/Atlantis}]}`, "timeZone must be a name of the IANA database"},
		{"window in a zone of the process", `{maintenanceWindows: [{schedule: "0 2 * * 6", duration: 4h, timeZone: Local}]}`, "timeZone must be a name of the IANA database"},
		{"window in an offset", `{maintenanceWindows: [{schedule: "0 2 * * 6", duration: 4h, timeZone: "+02:00"}]}`, "timeZone must be a name of the IANA database"},

		{"ttl", `{ttl: 72h}`, ""},
		{"ttl of no time", `{ttl: 0s}`, "ttl must be at least 1s"},
		{"ttl that is no time", `{ttl: 3 days}`, "spec.ttl"},
		{"ttl of a service instance", `{ttl: 72h, osb: {instanceID: i, serviceID: s, planID: p, operation: {verb: Provision, number: 1}}}`, "a service instance cannot have a ttl"},

		{"another policy", `{deletionPolicy: Retain}`, `supported values: "Delete", "Orphan"`},
	})
}

func TestCloudifyDeploymentOnUpdate(t *testing.T) {
	const immutable = "blueprintRef is immutable: create a new CloudifyDeployment instead"
	onUpdate(t, "CloudifyDeployment", deploymentSpec, []row{
		{"the blueprint", `{blueprintRef: {name: other}}`, immutable},
		{"the blueprint's namespace", `{blueprintRef: {namespace: other}}`, immutable},
		{"inputs", `{inputs: {port: 8080}}`, ""},
		{"the policy", `{deletionPolicy: Orphan}`, ""},
	})
}

// Without the rule, a name that leaves no room for -outputs would fail only after the install.
func TestNamesLeaveRoomForTheOutputsSecret(t *testing.T) {
	const refusal = "set spec.outputsSecretName"
	long := object(t, "CloudifyDeployment", deploymentSpec)
	for _, row := range []struct {
		length                int
		outputsSecretName, of string
	}{
		{245, "", ""},
		{246, "", refusal},
		{253, "", refusal},
		{253, "outputs", ""},
	} {
		o := long.DeepCopy()
		o.SetGenerateName("")
		o.SetName(strings.Repeat("n", row.length))
		if row.outputsSecretName != "" {
			o.Object["spec"].(map[string]any)["outputsSecretName"] = row.outputsSecretName
		}
		answers(t, row.of, env.Client.Create(t.Context(), o, client.DryRunAll))
	}

	long.SetGenerateName("")
	long.SetName(strings.Repeat("n", 253))
	long.Object["spec"].(map[string]any)["outputsSecretName"] = "outputs"
	create(t, long)
	for patch, refusal := range map[string]string{`{"spec":{"outputsSecretName":null}}`: refusal, `{"spec":{"paused":true}}`: ""} {
		answers(t, refusal, env.Client.Patch(t.Context(), long.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(patch)), client.DryRunAll))
	}
}

func TestInputsKeepWhatWasWritten(t *testing.T) {
	g := NewWithT(t)
	const inputs = `{"big":9223372036854775807,"empty":"","fraction":1.5,"list":[1,"1",[true]],"nested":{"a":{"b":[{"c":0}]}},"no":false,"none":{}}`
	d := deployment(t, inputs)

	kept, err := json.Marshal(d.Spec.Inputs)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(kept)).To(Equal(inputs))
}

// A null means what kubectl apply means by it: the input is left out. Inside a value it is a value.
func TestInputsOfNullAreLeftOut(t *testing.T) {
	g := NewWithT(t)
	d := deployment(t, `{"left":null,"map":{"a":null},"list":[null]}`)

	kept, err := json.Marshal(d.Spec.Inputs)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(kept)).To(Equal(`{"list":[null],"map":{"a":null}}`))
}

// deployment creates a CloudifyDeployment with these inputs and reads it again.
func deployment(t *testing.T, inputs string) *v1alpha1.CloudifyDeployment {
	t.Helper()
	o := object(t, "CloudifyDeployment", deploymentSpec)
	o.Object["spec"].(map[string]any)["inputs"] = parse(t, inputs)
	create(t, o)

	var d v1alpha1.CloudifyDeployment
	NewWithT(t).Expect(env.Client.Get(t.Context(), client.ObjectKeyFromObject(o), &d)).To(Succeed())
	return &d
}
