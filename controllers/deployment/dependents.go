// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// uninstall starts the workflow, unless other deployments use this one: the Manager would refuse, and leave the row of a failed
// execution each time. Who uses it is told, and looked for again. Where that cannot be asked, the Manager is left to refuse.
func (r *reconciler) uninstall(ctx context.Context, s *scope) error {
	dependents, err := s.conn.ListDependents(ctx, s.id)
	switch {
	case connection.IsOutage(err):
		return fmt.Errorf("list dependents of deployment %s: %w", s.id, err)
	case err != nil:
		ctrl.LoggerFrom(ctx).V(1).Info("Cannot list dependents", "deploymentID", s.id, "error", err.Error())
	case len(dependents) > 0:
		names, err := r.objectsOf(ctx, s, dependents)
		if err != nil {
			return err
		}
		return outcome.WaitFor(later, v1alpha1.ReasonDependentsExist, "other deployments use this one: %s. Delete those first, then it goes on by itself%s",
			outcome.Enumerate(names, maxDependents), s.wayOut())
	}
	return r.start(ctx, s, workflowUninstall, v1alpha1.ReasonUninstalling)
}

// maxDependents is how many are named.
const maxDependents = 5

// objectsOf names deployments for people: by the ID at the Manager, and by the object too where it is of the same namespace.
// Those of other namespaces are not for everybody to know.
func (r *reconciler) objectsOf(ctx context.Context, s *scope, ids []string) ([]string, error) {
	var list v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &list, client.InNamespace(s.key.Namespace)); err != nil {
		return nil, fmt.Errorf("list CloudifyDeployments: %w", err)
	}
	objects := map[string]string{}
	for i := range list.Items {
		if d := &list.Items[i]; d.Annotations[v1alpha1.ManagerAnnotation] == s.managerName() {
			objects[d.RemoteID()] = d.Name
		}
	}
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		if object, ok := objects[id]; ok {
			id += " (CloudifyDeployment " + object + ")"
		}
		names = append(names, id)
	}
	return names, nil
}
