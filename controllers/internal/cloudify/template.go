// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"encoding/json"
	"net/url"
)

// Template is a blueprint as the Manager parsed it, as far as it matters outside. On the wire it is the blueprint's plan.
type Template struct {
	Description  string              `json:"description"`
	Inputs       map[string]Input    `json:"inputs"`
	Outputs      map[string]Output   `json:"outputs"`
	Capabilities map[string]Output   `json:"capabilities"`
	Workflows    map[string]Workflow `json:"workflows"`
	// DataTypes are the types that inputs can be declared with beside the
	// built-in ones, as the Manager writes them.
	DataTypes json.RawMessage `json:"data_types"`
}

// Input is the declaration of an input, of a blueprint or of a workflow.
type Input struct {
	Type         string           `json:"type"`
	Default      any              `json:"default"`
	HasDefault   bool             `json:"-"` // null is a default, too
	Description  string           `json:"description"`
	Required     *bool            `json:"required"`
	Constraints  []map[string]any `json:"constraints"`
	Hidden       bool             `json:"hidden"`
	ItemType     string           `json:"item_type"`
	DisplayLabel string           `json:"display_label"`
}

// UnmarshalJSON also tells whether there is a default.
func (i *Input) UnmarshalJSON(content []byte) error {
	type plain Input
	if err := unmarshal(content, (*plain)(i)); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := unmarshal(content, &members); err != nil {
		return err
	}
	_, i.HasDefault = members["default"]
	return nil
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
		return nil, &Error{Op: call.String(), StatusCode: 200, Message: "the blueprint has no plan: its upload is not over, or failed"}
	}
	return blueprint.Template, nil
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
	return &both.Blueprint, both.Template, nil
}
