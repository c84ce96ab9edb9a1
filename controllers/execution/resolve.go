// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"cmp"
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/executions"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// resolve finds the other executions of the deployment, and the connection.
func (r *reconciler) resolve(ctx context.Context, s *scope) error {
	all, err := executions.Of(ctx, r.Client, client.ObjectKeyFromObject(s.deployment))
	if err != nil {
		return err
	}
	s.others = othersOf(s.execution, all)
	name := s.managerName()
	if name == "" {
		return outcome.Wait(v1alpha1.ReasonNotInstalled, "CloudifyDeployment %s is not installed yet", s.deployment.Name)
	}
	var m v1alpha1.CloudifyManager
	switch err := r.Get(ctx, types.NamespacedName{Name: name}, &m); {
	case apierrors.IsNotFound(err):
		return outcome.Wait(v1alpha1.ReasonManagerNotFound, "CloudifyManager %s not found: create it", name)
	case err != nil:
		return fmt.Errorf("read CloudifyManager: %w", err)
	}
	if s.conn, err = r.Pool.Get(name); err != nil {
		return r.Pool.Unavailable(&m, false, "")
	}
	s.release = s.conn.Release()
	return connection.Lost(r.Watcher, name)
}

// othersOf says which of the executions of a deployment go before one, and which executions at the Manager they hold.
func othersOf(mine *v1alpha1.CloudifyExecution, all []v1alpha1.CloudifyExecution) others {
	o := others{held: map[string]bool{}}
	for i := range all {
		e := &all[i]
		if e.UID == mine.UID {
			continue
		}
		if e.Status.Execution != nil {
			o.held[e.Status.Execution.ID] = true
		}
		if !e.IsFinished() && goesBefore(e, mine) {
			o.older = append(o.older, e.Name)
		}
	}
	return o
}

// goesBefore orders executions: one that was begun goes first, then the older, and of two of one second the one whose name comes first.
func goesBefore(a, b *v1alpha1.CloudifyExecution) bool {
	if begunA, begunB := a.Status.Start != nil, b.Status.Start != nil; begunA != begunB {
		return begunA
	}
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name)) < 0
}
