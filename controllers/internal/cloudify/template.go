// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"sync"

	"github.com/cloudify-operator/cloudify-operator/internal/inputs"
)

// Template is a blueprint as the Manager parsed it, as far as it matters outside. On the wire it is the blueprint's plan.
// Who shares one only reads it.
type Template struct {
	Description  string                  `json:"description"`
	Inputs       map[string]inputs.Input `json:"inputs"`
	Outputs      map[string]Output       `json:"outputs"`
	Capabilities map[string]Output       `json:"capabilities"`
	Workflows    map[string]Workflow     `json:"workflows"`
	// DataTypes are the types that inputs can be declared with beside the
	// built-in ones, as the Manager writes them.
	DataTypes json.RawMessage `json:"data_types"`

	// schema is what Schema says of a template that was read from a Manager, which every reconcile asks; nil of any other.
	schema func() (inputs.Schema, error)
}

// Schema is what the template says of its inputs. It shares them with the template, and is only to be read.
func (t *Template) Schema() (inputs.Schema, error) {
	if t.schema != nil {
		return t.schema()
	}
	return t.parseSchema()
}

func (t *Template) parseSchema() (inputs.Schema, error) {
	types, err := inputs.ParseDataTypes(t.DataTypes)
	if err != nil {
		return inputs.Schema{}, fmt.Errorf("read the data types of the blueprint: %w", err)
	}
	return inputs.Schema{Inputs: t.Inputs, DataTypes: types}, nil
}

// kept is the template, which may be nil, with its schema parsed once, however many share it.
func (t *Template) kept() *Template {
	if t != nil {
		t.schema = sync.OnceValues(t.parseSchema)
	}
	return t
}

// Output is the declaration of an output or a capability. Its value is an
// expression and stays at the Manager.
type Output struct {
	Description string `json:"description"`
}

// GetTemplate reads the template of a blueprint. It is some 100 kB on the wire.
func (c *Client) GetTemplate(ctx context.Context, blueprintID string) (*Template, error) {
	var blueprint struct {
		Template *Template `json:"plan"`
	}
	call := call{method: "GET", route: "blueprints/{id}", id: blueprintID, query: url.Values{"_include": {"id,plan"}}}
	if err := c.do(ctx, call, &blueprint); err != nil {
		return nil, err
	}
	if blueprint.Template == nil {
		return nil, &Error{Op: call.String(), StatusCode: 200, Message: "the blueprint has no plan: its upload has not finished, or has failed"}
	}
	return blueprint.Template.kept(), nil
}

// GetBlueprintWithTemplate reads a blueprint and its template at once; that is nil where
// there is none, as before the upload is over.
func (c *Client) GetBlueprintWithTemplate(ctx context.Context, id string) (*Blueprint, *Template, error) {
	release, err := c.known(ctx)
	if err != nil {
		return nil, nil, err
	}
	var both struct {
		Blueprint
		Template *Template `json:"plan"`
	}
	query := url.Values{"_include": {release.include(blueprintFields, "plan")}}
	if err := c.do(ctx, call{method: "GET", route: "blueprints/{id}", id: id, query: query}, &both); err != nil {
		return nil, nil, err
	}
	c.complete(&both.Blueprint, release)
	return &both.Blueprint, both.Template.kept(), nil
}
