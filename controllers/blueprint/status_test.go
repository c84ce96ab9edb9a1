// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// summary shows the conditions in short: "Ready=True/Ready Uploaded=True/Uploaded".
func summary(s *scope) string {
	var all []string
	for _, kind := range []string{"Ready", "Reconciling", "Stalled", "Uploaded"} {
		if c := meta.FindStatusCondition(s.blueprint.Status.Conditions, kind); c != nil {
			all = append(all, fmt.Sprintf("%s=%s/%s", c.Type, c.Status, c.Reason))
		}
	}
	return strings.Join(all, " ")
}

func TestSetStatus(t *testing.T) {
	uploaded := func(s *scope) {
		outcome.Set(&s.blueprint.Status.Conditions, 1, metav1.Condition{Type: "Uploaded", Status: "True", Reason: "Uploaded"})
	}
	refused := &cloudify.Error{StatusCode: 500, Message: "oops"}
	gone := &cloudify.ConnectionError{Err: fmt.Errorf("no route")}

	for _, row := range []struct {
		name    string
		scope   *scope
		end     error
		summary string
	}{
		{"found", newScope(parsed(cloudify.Template{})), nil, "Ready=True/Ready Uploaded=True/Uploaded"},
		{"uploaded", newScope(ours, recorded(revision), parsed(cloudify.Template{})), nil, "Ready=True/Ready Uploaded=True/Uploaded"},
		{"missing", newScope(), outcome.WaitFor(1, "BlueprintMissing", "upload it"), "Ready=False/BlueprintMissing Reconciling=True/BlueprintMissing Uploaded=False/BlueprintMissing"},
		{"missing now", newScope(uploaded), outcome.WaitFor(1, "BlueprintMissing", "upload it"), "Ready=False/BlueprintMissing Reconciling=True/BlueprintMissing Uploaded=False/BlueprintMissing"},
		{"uploading", newScope(ours, found("parsing")), outcome.Wait("Uploading", "wait"), "Ready=False/Uploading Reconciling=True/Uploading Uploaded=False/Uploading"},
		{"uploading another revision", newScope(ours, uploaded), outcome.Wait("Uploading", "wait"), "Ready=False/Uploading Reconciling=True/Uploading Uploaded=False/Uploading"},
		{"refused", newScope(ours, found("failed_parsing")), outcome.Stall("UploadFailed", "no such type"), "Ready=False/UploadFailed Stalled=True/UploadFailed Uploaded=False/UploadFailed"},
		{"refused at once", newScope(ours), &cloudify.Error{Op: "PUT blueprints/a", StatusCode: 400, Code: "invalid_blueprint_error"}, "Ready=False/ManagerRefused Stalled=True/ManagerRefused Uploaded=False/ManagerRefused"},
		{"the Manager fails", newScope(ours), refused, "Ready=False/ManagerError Reconciling=True/ManagerError"},
		{"the Manager fails, but had it", newScope(ours, uploaded), refused, "Ready=False/ManagerError Reconciling=True/ManagerError Uploaded=True/Uploaded"},
		{"the Manager is lost", newScope(ours, uploaded), gone, "Ready=Unknown/ManagerUnreachable Reconciling=True/ManagerUnreachable Uploaded=True/Uploaded"},
		{"the template cannot be read", newScope(found("uploaded"), uploaded), gone, "Ready=Unknown/ManagerUnreachable Reconciling=True/ManagerUnreachable Uploaded=True/Uploaded"},
		{"no connection", newScope(unconnected, uploaded), outcome.WaitUnseen(0, "ManagerNotReady", "m"), "Ready=Unknown/ManagerNotReady Reconciling=True/ManagerNotReady Uploaded=True/Uploaded"},
		{"not allowed", newScope(unconnected), outcome.Wait("NamespaceNotAllowed", "m"), "Ready=False/NamespaceNotAllowed Reconciling=True/NamespaceNotAllowed"},
		{"files that make no blueprint", newScope(unconnected, uploaded), outcome.Stall("InvalidSource", "m"), "Ready=False/InvalidSource Stalled=True/InvalidSource Uploaded=True/Uploaded"},
		{"deleting, used", newScope(ours, deleting, uploaded), outcome.Wait("InUse", "m"), "Ready=False/InUse Reconciling=True/InUse Uploaded=True/Uploaded"},
		{"nothing looked at", newScope(unconnected, uploaded), outcome.Settled(0), "Uploaded=True/Uploaded"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			setStatus(row.scope, outcome.Classify(row.end))
			g.Expect(summary(row.scope)).To(Equal(row.summary))
		})
	}
}

func TestSetStatusShowsWhatWasFound(t *testing.T) {
	g := NewWithT(t)
	s := newScope(parsed(cloudify.Template{
		Inputs:       map[string]inputs.Input{"port": {Type: "integer"}, "host": {Type: "string"}},
		Outputs:      map[string]cloudify.Output{"url": {}, "address": {}},
		Capabilities: map[string]cloudify.Output{"endpoint": {}},
		Workflows:    map[string]cloudify.Workflow{"uninstall": {}, "install": {}},
	}))
	setStatus(s, outcome.Classify(nil))

	g.Expect(s.blueprint.Status).To(And(
		HaveField("ObservedGeneration", BeEquivalentTo(2)),
		HaveField("BlueprintID", "cellar"), HaveField("Description", "A cellar"), HaveField("DeletionPolicy", v1alpha1.DeletionPolicyOrphan),
		HaveField("Inputs", HaveExactElements(HaveField("Name", "host"), HaveField("Name", "port"))),
		HaveField("Outputs", []string{"address", "url"}), HaveField("Capabilities", []string{"endpoint"}),
		HaveField("Workflows", []string{"install", "uninstall"}), HaveField("Revisions", BeEmpty())))
	g.Expect(meta.FindStatusCondition(s.blueprint.Status.Conditions, "Ready").Message).To(Equal("blueprint cellar is at the Manager"))
	g.Expect(meta.FindStatusCondition(s.blueprint.Status.Conditions, "Uploaded").Message).To(Equal("the Manager holds blueprint cellar"))
}

// New deployments are made of the newest revision that is there, not of one that is on its way or was refused.
func TestSetStatusKeepsTheLastGoodRevision(t *testing.T) {
	for name, end := range map[string]error{"on its way": outcome.Wait("Uploading", ""), "refused": outcome.Stall("UploadFailed", "")} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := newScope(ours, recorded(revision, "k8s-cellar-old"), status("k8s-cellar-old", outcome.Classify(nil)), found("parsing"))
			setStatus(s, outcome.Classify(end))
			g.Expect(s.blueprint.Status.BlueprintID).To(Equal("k8s-cellar-old"))
		})
	}
}

func TestRevisionsAreNewestFirst(t *testing.T) {
	g := NewWithT(t)
	s := newScope(ours, recorded("a"))
	s.record()
	g.Expect(s.blueprint.Status.Revisions).To(HaveExactElements(v1alpha1.BlueprintRevision{BlueprintID: revision}, v1alpha1.BlueprintRevision{BlueprintID: "a"}))

	s.uploaded()
	g.Expect(s.blueprint.Status.Revisions).To(HaveExactElements(
		v1alpha1.BlueprintRevision{BlueprintID: revision, UploadedAt: &s.now}, v1alpha1.BlueprintRevision{BlueprintID: "a"}))

	// The old content comes back: its revision is the newest again, and was uploaded when it was.
	first := s.now
	s = newScope(ours, func(s *scope) {
		s.blueprint.Status.Revisions = []v1alpha1.BlueprintRevision{{BlueprintID: "b", UploadedAt: &first}, {BlueprintID: revision, UploadedAt: &first}, {BlueprintID: "a"}}
	})
	s.now.Time = s.now.AddDate(1, 0, 0)
	s.uploaded()
	g.Expect(s.blueprint.Status.Revisions).To(HaveExactElements(
		v1alpha1.BlueprintRevision{BlueprintID: revision, UploadedAt: &first}, v1alpha1.BlueprintRevision{BlueprintID: "b", UploadedAt: &first}, v1alpha1.BlueprintRevision{BlueprintID: "a"}))
	g.Expect(s.before.Status.Revisions[0].BlueprintID).To(Equal("b"), "what is compared with is left alone")
}

func TestDeclaredInput(t *testing.T) {
	no, yes := false, true
	long := strings.Repeat("x", 2000)
	for _, row := range []struct {
		name  string
		input inputs.Input
		shown v1alpha1.BlueprintInput
	}{
		{"plain", inputs.Input{Type: "string", Description: "d"}, v1alpha1.BlueprintInput{Type: "string", Description: "d", Required: true}},
		{"with a default", inputs.Input{Default: 8080}, v1alpha1.BlueprintInput{Default: raw("8080")}},
		{"with a falsy default", inputs.Input{Default: false}, v1alpha1.BlueprintInput{Default: raw("false")}},
		{"with a default of null", inputs.Input{Default: nil}, v1alpha1.BlueprintInput{Required: true}},
		{"with a default that is a map", inputs.Input{Default: map[string]any{"a": []any{1}}}, v1alpha1.BlueprintInput{Default: raw(`{"a":[1]}`)}},
		{"with a large default", inputs.Input{Default: long}, v1alpha1.BlueprintInput{}},
		{"hidden", inputs.Input{Default: "secret", Hidden: true}, v1alpha1.BlueprintInput{}},
		{"hidden, without a default", inputs.Input{Hidden: true}, v1alpha1.BlueprintInput{Required: true}},
		{"optional", inputs.Input{Required: &no}, v1alpha1.BlueprintInput{}},
		{"required in so many words", inputs.Input{Required: &yes}, v1alpha1.BlueprintInput{Required: true}},
		{"required, with a default", inputs.Input{Required: &yes, Default: 1}, v1alpha1.BlueprintInput{Default: raw("1")}},
		{"constrained", inputs.Input{Required: &no, Constraints: []map[string]any{{"in_range": []any{1, 5}}, {"length": 3}}},
			v1alpha1.BlueprintInput{Constraints: []string{`{"in_range":[1,5]}`, `{"length":3}`}}},
		{"constrained at length", inputs.Input{Required: &no, Constraints: []map[string]any{{"pattern": long}, {"length": 3}}},
			v1alpha1.BlueprintInput{Constraints: []string{`{"length":3}`}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.shown.Name = "port"
			NewWithT(t).Expect(declaredInput("port", row.input, row.input.Hidden)).To(Equal(row.shown))
		})
	}
}

// The default of an input that is secret, or has a secret part, is in no status.
func TestSecretDefaultsAreNotShown(t *testing.T) {
	g := NewWithT(t)
	s := newScope(parsed(cloudify.Template{
		Inputs: map[string]inputs.Input{
			"account": {Type: "account", Default: map[string]any{"pin": "1234567"}}, "key": {Type: "string", Default: "k3y"},
			"password": {Type: "string", Hidden: true, Default: "p4ssw0rd"}, "port": {Type: "integer", Default: 8080},
		},
		DataTypes: []byte(`{"account": {"properties": {"pin": {"type": "string", "hidden": true}}}}`),
	}))
	s.blueprint.Spec.Offering = &v1alpha1.Offering{SensitiveInputs: []string{"key"}}
	setStatus(s, outcome.Classify(nil))
	var shown []string
	for _, in := range s.blueprint.Status.Inputs {
		g.Expect(in.Required).To(BeFalse(), in.Name)
		if in.Default != nil {
			shown = append(shown, in.Name)
		}
	}
	g.Expect(shown).To(Equal([]string{"port"}))

	g.Expect(secretInputs(s.blueprint, &cloudify.Template{Inputs: s.template.Inputs, DataTypes: []byte("[]")})).To(HaveLen(4), "nobody knows")
}

func raw(text string) *v1alpha1.JSON { return &v1alpha1.JSON{Raw: []byte(text)} }

// What is shown must not be more than the schema takes, or the status could not be written.
func TestTheDisplayIsBounded(t *testing.T) {
	g := NewWithT(t)
	long := strings.Repeat("x", 5000)
	template := cloudify.Template{Inputs: map[string]inputs.Input{}, Outputs: map[string]cloudify.Output{long: {}, "": {}}}
	for i := range 300 {
		name := fmt.Sprintf("i%03d", i)
		template.Inputs[name], template.Outputs[name] = inputs.Input{Type: long, Description: long, Constraints: make([]map[string]any, 40)}, cloudify.Output{}
	}
	s := newScope(parsed(template))
	s.remote.Description = long
	setStatus(s, outcome.Classify(nil))

	status := s.blueprint.Status
	g.Expect(len(status.Description)).To(BeNumerically("<=", 4096))
	g.Expect(status.Inputs).To(HaveLen(256))
	g.Expect(status.Inputs[0].Name).To(Equal("i000"))
	for _, in := range status.Inputs {
		g.Expect(len(in.Type)).To(BeNumerically("<=", 256))
		g.Expect(len(in.Description)).To(BeNumerically("<=", 1024))
		g.Expect(in.Constraints).To(HaveLen(32))
	}
	g.Expect(status.Outputs).To(HaveLen(256))
	g.Expect(status.Outputs).NotTo(ContainElement(Or(Equal(""), Equal(long))))
}

// The status says which blueprint it shows, for another can be uploaded under the same ID.
func TestStatusShowsWhichBlueprintItIs(t *testing.T) {
	g := NewWithT(t)
	s := newScope(parsed(cloudify.Template{}))
	g.Expect(s.created()).To(BeZero())
	setStatus(s, outcome.Classify(nil))
	g.Expect(s.blueprint.Status.CreatedAt).To(BeNil(), "nobody said")
	s.remote.CreatedAt = time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	setStatus(s, outcome.Classify(nil))
	again := newScope()
	text, err := json.Marshal(s.blueprint.Status)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(json.Unmarshal(text, &again.before.Status)).To(Succeed())
	g.Expect(again.created().Equal(s.remote.CreatedAt)).To(BeTrue(), "to the millisecond")
}
