// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"net/http"
	"testing"

	. "github.com/onsi/gomega"
)

func TestDependents(t *testing.T) {
	const asked = "GET deployments/inter-deployment-dependencies?_offset=0&_size=1000&_sort=created_at&_sort=id&target_deployment_id=prov"
	of := func(ctx context.Context, c *Client) (any, error) { return c.ListDependents(ctx, "prov") }
	run(t, []exchange{
		{name: "one that uses two capabilities", call: of, request: asked, answer: "dependencies.json", want: []string{"cu"}},
		{name: "many", release: Release{5, 1, 0}, call: of, request: asked,
			answer: `{"items": [{"source_deployment_id": "z", "target_deployment_id": "prov"}, {"source_deployment_id": "a", "target_deployment_id": "prov"}],
				"metadata": {"pagination": {"total": 2}}}`, want: []string{"a", "z"}},
		{name: "itself, one at another Manager, and one that uses another deployment", call: of, request: asked,
			answer: `{"items": [{"source_deployment_id": "prov", "target_deployment_id": "prov"},
				{"source_deployment_id": null, "external_source": {}, "target_deployment_id": "prov"}, {"source_deployment_id": "b", "target_deployment_id": "other"}],
				"metadata": {"pagination": {"total": 3}}}`, want: []string(nil)},
		{name: "none", call: of, request: asked, answer: `{"items": [], "metadata": {"pagination": {"total": 0}}}`, want: []string(nil)},
	})
}

func TestAReleaseThatCannotTellDependentsIsNotAsked(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, Release{5, 0, 5}, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was asked", r.URL) })
	g.Expect(client.ListDependents(t.Context(), "prov")).To(BeEmpty())
}
