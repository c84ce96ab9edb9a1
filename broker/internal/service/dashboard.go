// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// dashboardURL is the deployment in its Manager's console; empty where no console is known. The ID of the deployment is known
// before the deployment exists, so the first answer has the URL already.
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
	selected := url.Values{"c": {fmt.Sprintf(`[{"context":{"deploymentId":%q}}]`, d.RemoteID())}}
	return strings.TrimSuffix(m.Spec.Console.URL, "/") + "/page/" + consolePage(m.Status.Release) + "?" + selected.Encode()
}

// consolePage is the page that lists deployments and shows the selected one. A page of one deployment alone exists in a console
// only after its user has gone there from the list.
func consolePage(release string) string {
	if v, err := version.ParseGeneric(release); err == nil && v.LessThan(version.MajorMinor(6, 2)) {
		return "deployments"
	}
	return "services"
}
