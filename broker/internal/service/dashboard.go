// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// dashboardURL is the page of the deployment in its Manager's console; empty where no console is known. The ID of the deployment
// is known before the deployment exists, so the first answer has the URL already.
func (s *Service) dashboardURL(ctx context.Context, d *v1alpha1.CloudifyDeployment) string {
	name := d.Annotations[v1alpha1.ManagerAnnotation]
	if name == "" {
		b, err := s.store.Blueprint(ctx, d.BlueprintKey())
		if err != nil {
			return ""
		}
		name = b.ManagerName()
	}
	m, err := s.store.Manager(ctx, name)
	if err != nil || m.Spec.Console == nil || m.Spec.Console.URL == "" {
		return ""
	}
	id := d.RemoteID()
	shown := url.Values{"c": {fmt.Sprintf(`[{"context":{}},{"context":{"deploymentId":%q}}]`, id)}}
	return strings.TrimSuffix(m.Spec.Console.URL, "/") + "/page/deployments_deployment/" + url.PathEscape(id) + "?" + shown.Encode()
}
