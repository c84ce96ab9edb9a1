// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// candidate is a blueprint that wants to be in the catalog, with what is known for and against it.
type candidate struct {
	blueprint *v1alpha1.CloudifyBlueprint
	// cluster makes IDs that no other cluster has.
	cluster string
	// namespace is where service instances are, deployable reports whether it may use the blueprint.
	namespace  string
	deployable bool
	// schema is what the newest revision declares; nil: it is not known now.
	schema *inputs.Schema
	// outputs are those that it declares, known where schema is, each with any value.
	outputs credentials.Outputs
	// pending tells that the spec asks for another revision, which is not uploaded yet, or failed.
	pending bool
	// others are its rivals, in the order in which they precede each other.
	others []*v1alpha1.CloudifyBlueprint
}

// verdict is what becomes of a candidate.
type verdict struct {
	// offering is what the catalog lists; nil: nothing.
	offering        *v1alpha1.OfferingStatus
	reason, message string
	// unknown: it depends on what the revision declares. What was found before stands.
	unknown bool
}

func refuse(reason, format string, args ...any) verdict {
	return verdict{reason: reason, message: fmt.Sprintf(format, args...)}
}

// offered is the condition as it was found.
func (c candidate) offered() metav1.Condition {
	if found := meta.FindStatusCondition(c.blueprint.Status.Conditions, v1alpha1.OfferedCondition); found != nil {
		return *found
	}
	return metav1.Condition{}
}

// judged reports whether the condition answers to the present spec.
func (c candidate) judged() bool { return c.offered().ObservedGeneration == c.blueprint.Generation }

// invalid reports whether the present spec was found not to go with what the revision declares.
func (c candidate) invalid() bool {
	return c.judged() && c.offered().Reason == v1alpha1.ReasonInvalidOffering
}

// offeringOf is the offering of a blueprint with everything that the spec leaves to defaults, but for the schema.
func offeringOf(b *v1alpha1.CloudifyBlueprint, cluster string) *v1alpha1.OfferingStatus {
	spec := b.Spec.Offering
	offering := &v1alpha1.OfferingStatus{
		ID:   cmp.Or(spec.ID, nameBasedID(cluster, b.Namespace, b.Name)),
		Name: b.OfferingName(),
	}
	for _, description := range []string{spec.Description, b.Status.Description, offering.Name} {
		if offering.Description == "" {
			offering.Description = outcome.Truncate(strings.TrimSpace(description), 4096)
		}
	}
	for _, plan := range b.Plans() {
		offering.Plans = append(offering.Plans, v1alpha1.PlanStatus{Name: plan.Name, ID: cmp.Or(plan.ID, nameBasedID(offering.ID, plan.Name))})
	}
	return offering
}

// idSpace holds the name-based IDs of offerings and plans. With another one, every offering would become a different one.
var idSpace = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("cloudify.co"))

func nameBasedID(names ...string) string {
	return uuid.NewSHA1(idSpace, []byte(strings.Join(names, "/"))).String()
}

// maxName is what platforms take.
const maxName = 63

// describe makes the schema of an offering, or says what is wrong with the offering, never a value.
func describe(offering *v1alpha1.OfferingStatus, c candidate) (schema []byte, problem string) {
	b, declared := c.blueprint, *c.schema
	switch {
	case offering.Name == "":
		return nil, fmt.Sprintf("blueprint ID %s cannot be turned into an offering name: set spec.offering.name", b.RemoteID())
	case len(offering.Name) > maxName:
		return nil, fmt.Sprintf("the name %s has %d characters, but platforms accept at most %d: set a shorter spec.offering.name", offering.Name, len(offering.Name), maxName)
	}
	for _, name := range b.Spec.Offering.SensitiveInputs {
		if _, ok := declared.Inputs[name]; !ok {
			return nil, fmt.Sprintf("spec.offering.sensitiveInputs lists %s, which the blueprint does not declare: remove it", name)
		}
	}
	if _, err := credentials.Render(b.Spec.Offering.Binding, c.outputs); err != nil {
		return nil, fmt.Sprintf("spec.offering.binding: %v", err)
	}
	taken := map[string]string{}
	for i, plan := range b.Plans() {
		if other, ok := taken[offering.Plans[i].ID]; ok {
			return nil, fmt.Sprintf("plans %s and %s have the same ID: give one of them another ID", other, plan.Name)
		}
		taken[offering.Plans[i].ID] = plan.Name
		if length := maintenanceLength(plan.MaintenanceInfo); length > maxMaintenance {
			return nil, fmt.Sprintf("plan %s: maintenanceInfo has %d characters as JSON, but platforms accept at most %d: shorten its description", plan.Name, length, maxMaintenance)
		}
		if err := checkPlan(declared, plan); err != nil {
			return nil, fmt.Sprintf("plan %s: %v", plan.Name, err)
		}
	}
	schema, err := declared.JSONSchema(b.Spec.Offering.SensitiveInputs...).Bytes()
	switch {
	case err != nil:
		return nil, err.Error()
	case len(schema) > inputs.MaxJSONSchema:
		return nil, fmt.Sprintf("the JSON schema of the inputs has %d bytes, but platforms accept at most %d: declare fewer inputs in the blueprint, or shorten their descriptions", len(schema), inputs.MaxJSONSchema)
	}
	return schema, ""
}

// maxMaintenance is how many characters of maintenance_info Cloud Controller takes; it refuses a whole catalog for one more.
const maxMaintenance = 2000

// maintenanceLength is the number of characters of maintenance_info as JSON.
func maintenanceLength(m *v1alpha1.MaintenanceInfo) int {
	if m == nil {
		return 0
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(map[string]string{"version": m.Version, "description": m.Description}); err != nil {
		panic(err) // strings
	}
	return utf8.RuneCountInString(strings.TrimSpace(text.String()))
}

// checkPlan says what is wrong with the inputs that a plan fixes, never a value.
func checkPlan(declared inputs.Schema, plan v1alpha1.Plan) error {
	fixed, err := inputs.Decode(plan.Inputs)
	if err != nil {
		return err
	}
	return inputs.ValidatePart(declared, fixed)
}
