// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"encoding/json"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

func TestSchemaOf(t *testing.T) {
	g := NewWithT(t)
	var template cloudify.Template
	g.Expect(json.Unmarshal([]byte(`{
		"inputs": {"port": {"type": "integer", "default": 80}, "server": {"type": "server"}, "password": {"hidden": true}},
		"data_types": {"server": {"derived_from": "cloudify.datatypes.Root", "properties": {"cpus": {"type": "integer"}}}}}`), &template)).To(Succeed())

	schema, err := template.Schema()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(schema.Inputs).To(HaveLen(3))
	g.Expect(schema.Inputs["port"]).To(And(HaveField("Type", "integer"), HaveField("Default", BeEquivalentTo(80))))
	g.Expect(schema.Inputs["password"].Hidden).To(BeTrue())
	g.Expect(schema.DataTypes["server"].Properties).To(HaveKey("cpus"))

	_, err = (&cloudify.Template{DataTypes: json.RawMessage(`{"server": 1}`)}).Schema()
	g.Expect(err).To(MatchError(HavePrefix("read the data types of the blueprint: ")))
}

// password gives the deployment a secret: in the spec, at the Manager, or both.
func password(given, remote any) option {
	return func(s *scope) {
		s.want.given["password"] = given
		if s.history.remote != nil {
			s.history.remote.Inputs["password"] = remote
		}
	}
}

// changed is an update that gave the deployment a secret.
func changed(secret any) cloudify.Execution {
	e := run(workflowUpdate, "terminated")
	e.Parameters["inputs"] = map[string]any{"password": secret}
	return e
}

// owner is an input that is not hidden, of the spec; ofOwner, of the deployment.
func owner(name string) option { return func(s *scope) { s.want.given["owner"] = name } }

func ofOwner(s *scope) { s.history.remote.Inputs = map[string]any{"port": 8080, "owner": "Bacchus"} }

func defaultOwner(name string) option {
	return func(s *scope) {
		s.want.schema.Inputs["owner"] = inputs.Input{Type: "string", Default: name}
	}
}

func fixedBy(names ...string) option {
	return func(s *scope) { s.deployment.Status.Applied = &v1alpha1.AppliedStatus{PlanInputs: names} }
}

func TestMask(t *testing.T) {
	for _, row := range []struct {
		name  string
		scope *scope
		text  string
		shown string
	}{
		{"of the spec", cellar(password(secret, nil)), "cannot log in with very secret words", "cannot log in with ******"},
		{"of the deployment", cellar(at("inactive"), password(nil, secret)), "very secret words is too short", "****** is too short"},
		{"of both", cellar(at("inactive"), password("the new one", secret)), "the new one, not very secret words", "******, not ******"},
		{"that the deployment had", cellar(deployed("inactive", changed("a newer one"), changed(secret)), password("the new one", "the new one")),
			"a newer one, not very secret words", "******, not ******"},
		{"inside a map", cellar(password(map[string]any{"a": []any{secret}}, nil)), secret, "******"},
		{"of an input that is not hidden", cellar(), "port 8080", "port 8080"},
		{"of an input that is not hidden, as the deployment has it", cellar(at("inactive"), owner("Bacchus"), ofOwner), "no house of Bacchus", "no house of Bacchus"},
		{"of an input that the spec names no more", cellar(at("inactive"), ofOwner), "no house of Bacchus", "no house of ******"},
		{"of an input of which the spec says something else", cellar(at("inactive"), owner("Dionysos"), ofOwner), "Bacchus, not Dionysos", "******, not Dionysos"},
		{"of an input that has its default", cellar(at("inactive"), defaultOwner("Bacchus"), ofOwner), "no house of Bacchus", "no house of Bacchus"},
		{"of an input that its plan fixed", cellar(at("inactive"), ofOwner, fixedBy("owner")), "no house of Bacchus", "no house of Bacchus"},
		{"of an input that an adopted deployment had", cellar(adopts("Created", "True"), at("inactive"), ofOwner), "no house of Bacchus", "no house of Bacchus"},
		{"of any input, while the blueprint cannot be read", cellar(at("inactive"), password(nil, secret), func(s *scope) { s.hidden.schema = inputs.Schema{} }), secret, "******"},
		{"of an input that the offering calls sensitive", cellar(func(s *scope) {
			s.want.given["owner"] = secret
			s.blueprint = &v1alpha1.CloudifyBlueprint{Spec: v1alpha1.CloudifyBlueprintSpec{Offering: &v1alpha1.Offering{SensitiveInputs: []string{"owner"}}}}
		}), secret, "******"},
		{"too short to be one", cellar(password("four", nil)), "a four-letter word", "a four-letter word"},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.scope.mask(row.text)).To(Equal(row.shown))
		})
	}
}

// A secret of the inputs reaches neither status nor events nor the error that the queue logs, wherever the Manager repeats it.
func TestASecretIsNeverTold(t *testing.T) {
	failing := func(status string) cloudify.Execution {
		e := run(workflowInstall, status, ask)
		e.Error = "RuntimeError: login with " + secret
		return e
	}
	broken := creation("failed", nil)
	broken.Error = "bad password " + secret
	caused := func(s *scope) {
		s.effect.causes = []cloudify.Event{{Type: "task_failed", Message: "wrong: " + secret, NodeID: "vm", NodeInstanceID: "vm_1"}}
	}

	for _, row := range []struct {
		name  string
		scope *scope
		end   error
	}{
		{"a failed install", cellar(deployed("inactive", failing("failed")), password(secret, secret)), outcome.Stall("InstallFailed", "install failed: %s", secret)},
		{"a failed install, by its events", cellar(deployed("inactive", failing("failed")), password(secret, secret), caused), outcome.Stall("InstallFailed", "%s", secret)},
		{"a failed create", cellar(created("active", broken), password(secret, nil)), outcome.Stall("CreateFailed", "%s", secret)},
		{"a refused create", cellar(password(secret, nil)), &cloudify.Error{Op: "PUT deployments", StatusCode: 400, Code: "constraint_error", Message: secret + " is too weak"}},
		{"a mistake of the Manager", cellar(password(secret, nil)), &cloudify.Error{Op: "PUT deployments", StatusCode: 500, Message: "cannot store " + secret}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, events := newReporting(t, row.scope)
			err := report(t, r, row.scope, row.end)

			var stored v1alpha1.CloudifyDeployment
			g.Expect(r.Get(t.Context(), row.scope.key, &stored)).To(Succeed())
			status, marshalled := json.Marshal(stored.Status)
			g.Expect(marshalled).To(Succeed())
			told := string(status) + <-events + errors.Join(err, errors.New("")).Error()
			g.Expect(told).To(ContainSubstring("******"))
			g.Expect(told).NotTo(ContainSubstring(secret))
			g.Expect(err != nil).To(Equal(outcome.Classify(row.end).Kind == outcome.Retry))
		})
	}
}

func TestAnErrorWithoutASecretStaysItself(t *testing.T) {
	refused := &cloudify.Error{Op: "PUT deployments", StatusCode: 500, Message: "out of memory"}
	NewWithT(t).Expect(cellar(password(secret, nil)).masked(outcome.Classify(refused)).Err).To(BeIdenticalTo(refused))
}
