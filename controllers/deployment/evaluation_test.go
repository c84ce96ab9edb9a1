// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// defines gives the deployment a capability url, and the outputs url and name.
func defines(s *scope) {
	s.history.remote.Capabilities = map[string]cloudify.Definition{"url": {Value: "u"}}
	s.history.remote.Outputs = map[string]cloudify.Definition{"url": {Value: "o"}, "name": {Value: "n"}}
}

func TestEvaluate(t *testing.T) {
	type values = map[string]any
	type texts = map[string]string
	capabilities, outputs := answer{200, `{"capabilities": {"url": "u"}}`}, answer{200, `{"outputs": {"url": "o", "name": "n"}}`}
	refusal := answer{400, code("deployment_outputs_evaluation_error")}
	single, wrong := answer{200, `{"payload": {"value": "single"}}`}, answer{400, code("functions_evaluation_error")}

	for _, row := range []struct {
		name                          string
		capabilities, outputs, single answer
		gives                         []map[string]any // capabilities, outputs
		failed                        texts
	}{
		{"all", capabilities, outputs, wrong, []values{{"url": "u"}, {"url": "o", "name": "n"}}, texts{}},
		{"outputs only one by one", capabilities, refusal, single, []values{{"url": "u"}, {"url": "single", "name": "single"}}, texts{}},
		{"no outputs", capabilities, refusal, wrong, []values{{"url": "u"}, {"url": nil, "name": nil}}, texts{"output.url": "its own words", "name": "its own words"}},
		{"no capabilities", answer{400, code("deployment_capabilities_evaluation_error")}, outputs, wrong,
			[]values{{"url": nil}, {"url": "o", "name": "n"}}, texts{"url": "its own words"}},
		{"a Manager that breaks over them", capabilities, answer{500, code("internal_server_error")}, answer{500, code("internal_server_error")},
			[]values{{"url": "u"}, {"url": nil, "name": nil}}, texts{"output.url": "its own words", "name": "its own words"}},
		{"what they refer to is gone", capabilities, answer{404, code("not_found_error")}, answer{404, code("not_found_error")},
			[]values{{"url": "u"}, {"url": nil, "name": nil}}, texts{"output.url": "its own words", "name": "its own words"}},
		{"an attribute of many instances", answer{200, `{"capabilities": {"url": "<ERROR: Multi instances of node \"app\">"}}`}, outputs, wrong,
			[]values{{"url": nil}, {"url": "o", "name": "n"}}, texts{"url": `<ERROR: Multi instances of node "app">`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(deployed("active"), defines)
			s.conn, _ = manager{
				"GET deployments/" + id + "/capabilities": row.capabilities, "GET deployments/" + id + "/outputs": row.outputs,
				"POST evaluate/functions": row.single,
			}.connect(t, newReconciler(t))
			e, err := s.evaluate(t.Context())
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect([]values{e.Capabilities, e.Outputs.Outputs}).To(Equal(row.gives))
			g.Expect(e.failed).To(Equal(row.failed))
		})
	}
}

// What may pass, or needs another user, is not taken for a mistake of the blueprint.
func TestEvaluateIsTriedAgain(t *testing.T) {
	for _, row := range []struct {
		name            string
		outputs, single answer
		reason          string
	}{
		{"no answer", answer{502, ""}, answer{}, "ManagerUnreachable"},
		{"no permission", answer{403, code("forbidden_error")}, answer{}, "Forbidden"},
		{"too many requests", answer{429, ""}, answer{}, "ManagerBusy"},
		{"no answer to one", answer{400, code("deployment_outputs_evaluation_error")}, answer{502, ""}, "ManagerUnreachable"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := cellar(deployed("active"), defines)
			s.conn, _ = manager{"GET deployments/" + id + "/outputs": row.outputs, "POST evaluate/functions": row.single}.connect(t, newReconciler(t))
			_, err := s.evaluate(t.Context())
			NewWithT(t).Expect(err).To(ends(outcome.Retry, row.reason, "read outputs of deployment "+id))
		})
	}
}

func TestWhatCannotBeEvaluatedIsKept(t *testing.T) {
	g := NewWithT(t)
	e := &evaluation{failed: map[string]string{"url": "no such node", "name": "no such label"}}
	g.Expect(e.problems()).To(Equal([]string{"name (no such label)", "url (no such node)"}))
	g.Expect(e.annotations("e1")).To(Equal(map[string]string{"cloudify.co/execution": "e1", "cloudify.co/outputs": "{}", "cloudify.co/incomplete": "name, url"}))

	data := func() map[string][]byte { return map[string][]byte{"size": []byte("new")} }
	g.Expect(e.keep(data(), nil)).To(Equal(data()))
	secret := &corev1.Secret{Data: map[string][]byte{"url": []byte("old"), "size": []byte("old"), "gone": []byte("old")}}
	g.Expect(e.keep(data(), secret)).To(Equal(map[string][]byte{"size": []byte("new"), "url": []byte("old")}))

	g.Expect(e.toldIn(nil)).To(BeFalse())
	g.Expect(e.toldIn(secret)).To(BeFalse())
	secret.Annotations = map[string]string{v1alpha1.OutputsIncompleteAnnotation: "url"}
	g.Expect(e.toldIn(secret)).To(BeFalse(), "it lacks more now")
	secret.Annotations = e.annotations("e0")
	g.Expect(e.toldIn(secret)).To(BeTrue())
	g.Expect(incomplete(secret)).To(BeTrue())
	g.Expect((&evaluation{}).annotations("e1")).NotTo(HaveKey(v1alpha1.OutputsIncompleteAnnotation))
}

func TestReadyMessageTellsWhatCouldNotBeEvaluated(t *testing.T) {
	g := NewWithT(t)
	s := cellar(deployed("active", run(workflowInstall, "terminated", ask)), password("swordfish", nil))
	s.effect.outputs.secret, s.effect.outputs.unevaluated = "cellar-outputs", []string{"url (no label swordfish)"}
	s.setStatus(outcome.Classify(nil))
	g.Expect(s.deployment.Status.Conditions).To(ContainElement(And(HaveField("Type", "Ready"), HaveField("Status", BeEquivalentTo("True")),
		HaveField("Message", And(ContainSubstring("is installed; the Manager cannot evaluate these keys of Secret cellar-outputs: url (no label ******)"))))))
}
