// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import "context"

// GetOutputs evaluates the outputs. They may hold secrets. Where one cannot be
// evaluated, there is no answer for the others either: see Evaluate.
func (c *Client) GetOutputs(ctx context.Context, id string) (map[string]any, error) {
	var answer struct {
		Outputs map[string]any `json:"outputs"`
	}
	err := c.do(ctx, call{method: "GET", route: "deployments/{id}/outputs", id: id}, &answer)
	return answer.Outputs, err
}

// GetCapabilities is GetOutputs for the capabilities. Releases without capabilities
// have none.
func (c *Client) GetCapabilities(ctx context.Context, id string) (map[string]any, error) {
	release, err := c.known(ctx)
	if err != nil || !release.Has(Capabilities) {
		return nil, err
	}
	var answer struct {
		Capabilities map[string]any `json:"capabilities"`
	}
	err = c.do(ctx, call{method: "GET", route: "deployments/{id}/capabilities", id: id}, &answer)
	return answer.Capabilities, err
}

// Evaluate evaluates the functions in one value of a deployment, such as that of a
// Definition. It changes nothing.
func (c *Client) Evaluate(ctx context.Context, id string, value any) (any, error) {
	ask := map[string]any{"deployment_id": id, "context": map[string]any{}, "payload": map[string]any{"value": value}}
	var answer struct {
		Payload struct {
			Value any `json:"value"`
		} `json:"payload"`
	}
	err := c.do(ctx, call{method: "POST", route: "evaluate/functions", in: ask}, &answer)
	return answer.Payload.Value, err
}
