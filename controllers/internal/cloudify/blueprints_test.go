// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

func TestBlueprints(t *testing.T) {
	const fields = "_include=id%2Cmain_file_name%2Cdescription%2Ccreated_at%2Ccreated_by"
	run(t, []exchange{
		{
			name:    "get",
			call:    func(ctx context.Context, c *Client) (any, error) { return c.GetBlueprint(ctx, "demo") },
			request: "GET blueprints/demo?" + fields + "%2Cstate%2Cerror%2Clabels",
			answer: `{"id": "demo", "state": "invalid", "error": "no such type\n  in line 6", "description": null, "main_file_name": "blueprint.yaml",
				"created_by": "admin", "created_at": "2026-11-22T21:52:07.307Z",
				"labels": [{"key": "team", "value": "red"}, {"key": "team", "value": "blue"}, {"key": null, "value": null}]}`,
			want: &Blueprint{
				ID: "demo", State: "invalid", Error: "no such type\n  in line 6", MainFile: "blueprint.yaml",
				CreatedBy: "admin", CreatedAt: at(t, "2026-11-22T21:52:07.307Z"),
				Labels: LabelSet{"team": {"red", "blue"}},
			},
		},
		{
			name:    "get where there are no states",
			release: Release{5, 1, 1},
			call:    func(ctx context.Context, c *Client) (any, error) { return c.GetBlueprint(ctx, "demo") },
			request: "GET blueprints/demo?" + fields,
			answer:  `{"id": "demo", "created_at": null}`,
			want:    &Blueprint{ID: "demo", State: "uploaded"},
		},
		{
			name: "list by state",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.ListBlueprints(ctx, BlueprintFilter{IDs: []string{"demo", "x"}, States: []string{"uploaded", "invalid"}})
			},
			request: "GET blueprints?" + fields + "%2Cstate%2Cerror%2Clabels&_offset=0&_size=1000&_sort=created_at&_sort=id&id=demo&id=x&state=uploaded&state=invalid",
			answer:  "blueprints.json",
			want:    []Blueprint{{ID: "demo", State: "uploaded", Description: "Demo blueprint used as ground truth", CreatedBy: "admin"}},
		},
		{
			name: "upload by URL",
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.UploadBlueprint(ctx, "demo", Upload{ArchiveURL: "https://example.com/a.zip?v=1", MainFile: "main.yaml"})
			},
			request: "PUT blueprints/demo?application_file_name=main.yaml&async_upload=true&blueprint_archive_url=https%3A%2F%2Fexample.com%2Fa.zip%3Fv%3D1",
			status:  201,
			answer:  "blueprint-uploading.json",
			want:    &Blueprint{ID: "demo", State: "uploading", MainFile: "blueprint.yaml", CreatedBy: "admin", CreatedAt: at(t, "2026-11-22T21:52:07.307Z")},
		},
		{
			name:    "upload where it cannot be asynchronous",
			release: Release{5, 1, 1},
			call: func(ctx context.Context, c *Client) (any, error) {
				return c.UploadBlueprint(ctx, "demo", Upload{ArchiveURL: "https://example.com/a.zip"})
			},
			request: "PUT blueprints/demo?blueprint_archive_url=https%3A%2F%2Fexample.com%2Fa.zip",
			status:  201,
			answer:  `{"id": "demo"}`,
			want:    &Blueprint{ID: "demo", State: "uploaded"},
		},
		{
			name: "label",
			call: func(ctx context.Context, c *Client) (any, error) {
				return nothing(c.LabelBlueprint(ctx, "demo", LabelSet{"a": {"x"}, "b": {"y", "z"}}))
			},
			request: "PATCH blueprints/demo",
			content: `{"labels": [{"a": "x"}, {"b": "y"}, {"b": "z"}]}`,
			answer:  `{"id": "demo"}`,
		},
		{
			name:    "delete",
			call:    func(ctx context.Context, c *Client) (any, error) { return nothing(c.DeleteBlueprint(ctx, "demo")) },
			request: "DELETE blueprints/demo",
			status:  204,
		},
		{
			name:    "delete where the body comes back",
			release: Release{5, 0, 5},
			call:    func(ctx context.Context, c *Client) (any, error) { return nothing(c.DeleteBlueprint(ctx, "demo")) },
			request: "DELETE blueprints/demo",
			answer:  `{"id": "demo"}`,
		},
	})
}

func TestTemplate(t *testing.T) {
	g := NewWithT(t)
	required := false
	var template *Template
	run(t, []exchange{{
		name: "get",
		call: func(ctx context.Context, c *Client) (any, error) {
			var err error
			template, err = c.GetTemplate(ctx, "demo")
			return nothing(err)
		},
		request: "GET blueprints/demo?_include=id%2Cplan",
		answer:  "blueprint-plan.json",
	}})
	g.Expect(template.Inputs).To(HaveLen(10))
	g.Expect(template.Inputs["name"]).To(Equal(inputs.Input{
		Type: "string", Description: "required, no default", DisplayLabel: "Name",
		Constraints: []map[string]any{{"pattern": "^[a-z][a-z0-9-]*$"}, {"max_length": json.Number("20")}},
	}))
	g.Expect(template.Inputs["size"]).To(Equal(inputs.Input{
		Type: "integer", Description: "has default and constraint", Default: json.Number("2"),
		Constraints: []map[string]any{{"in_range": []any{json.Number("1"), json.Number("10")}}},
	}))
	g.Expect(template.Inputs["secret_like"]).To(Equal(inputs.Input{Type: "string", Default: "", Hidden: true}))
	g.Expect(template.Outputs).To(HaveKeyWithValue("endpoint", Output{Description: "where it is"}))
	g.Expect(template.Capabilities).To(HaveKey("password"))
	g.Expect(template.Workflows).To(HaveKey("install"))
	g.Expect(template.Workflows["backup"].Parameters["level"]).To(Equal(inputs.Input{Type: "integer", Default: json.Number("1")}))

	var input inputs.Input
	g.Expect(unmarshal([]byte(`{"required": false, "default": null, "item_type": "integer", "type": "list"}`), &input)).To(Succeed())
	g.Expect(input).To(Equal(inputs.Input{Type: "list", ItemType: "integer", Required: &required}))
}

// A template is kept and shared, so that what it says of its inputs is parsed once, well or not.
func TestSchemaIsParsedOnce(t *testing.T) {
	g := NewWithT(t)
	template := (&Template{DataTypes: []byte(`{"host": {"properties": {"name": {"type": "string"}}}}`)}).kept()
	var shared sync.WaitGroup
	for range 8 {
		shared.Go(func() { _, _ = template.Schema() })
	}
	shared.Wait()
	template.DataTypes = []byte("[]")
	schema, err := template.Schema()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(schema.DataTypes).To(HaveKey("host"))
	g.Expect((*Template)(nil).kept()).To(BeNil())
}

func TestBlueprintWithTemplate(t *testing.T) {
	g := NewWithT(t)
	for answer, parsed := range map[string]bool{
		`{"id": "demo", "state": "uploaded", "plan": {"description": "a demo"}}`:      true,
		`{"id": "demo", "state": "failed_parsing", "error": "no such", "plan": null}`: false,
	} {
		var b *Blueprint
		var template *Template
		run(t, []exchange{{
			name: "get",
			call: func(ctx context.Context, c *Client) (any, error) {
				var err error
				b, template, err = c.GetBlueprintWithTemplate(ctx, "demo")
				return nothing(err)
			},
			request: "GET blueprints/demo?_include=id%2Cmain_file_name%2Cdescription%2Ccreated_at%2Ccreated_by%2Cstate%2Cerror%2Clabels%2Cplan",
			answer:  answer,
		}})
		g.Expect(b.Uploaded()).To(Equal(parsed))
		g.Expect(template != nil).To(Equal(parsed))
	}
}
