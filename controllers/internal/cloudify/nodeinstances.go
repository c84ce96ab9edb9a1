// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"net/url"
)

// NodeInstance is one instance of a node of a deployment.
type NodeInstance struct {
	ID     string `json:"id"`
	NodeID string `json:"node_id"`
	State  string `json:"state"`
}

// Live reports whether there is something to uninstall.
func (n *NodeInstance) Live() bool { return n.State != "uninitialized" && n.State != "deleted" }

// ListNodeInstances lists the node instances of a deployment, without their
// runtime properties, which may hold secrets.
func (c *Client) ListNodeInstances(ctx context.Context, deploymentID string) ([]NodeInstance, error) {
	return readList[NodeInstance](ctx, c, "node-instances", url.Values{
		"deployment_id": {deploymentID},
		"_include":      {"id,node_id,state"},
		"_sort":         {"id"},
	}, 0)
}
