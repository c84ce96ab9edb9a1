// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"net/url"
	"slices"
)

// dependency says that one deployment uses another. A source or target at another
// Manager has no id here.
type dependency struct {
	Source string `json:"source_deployment_id"`
	Target string `json:"target_deployment_id"`
}

// ListDependents lists the ids of the deployments that use a deployment: while there
// are any, the Manager refuses to stop, uninstall, update or delete it. Children in
// an environment are not among them. Releases without Dependencies list none.
func (c *Client) ListDependents(ctx context.Context, id string) ([]string, error) {
	release, err := c.known(ctx)
	if err != nil || !release.Has(Dependencies) {
		return nil, err
	}
	dependencies, err := readList[dependency](ctx, c, "deployments/inter-deployment-dependencies", url.Values{
		"target_deployment_id": {id},
		"_sort":                {"created_at", "id"},
	}, 0)
	var ids []string
	for _, d := range dependencies {
		if d.Target == id && d.Source != id && d.Source != "" {
			ids = append(ids, d.Source)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}
