// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TakeLead makes the rig the holder of the operators' Lease, for longer than any benchmark: operators that are started then serve
// platforms and reconcile nothing, as all replicas but one do. Whoever held it must have been stopped.
func (r *Rig) TakeLead(ctx context.Context) error {
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: OperatorNamespace, Name: "cloudify-operator"}}
	if err := r.Admin.Get(ctx, client.ObjectKeyFromObject(lease), lease); err != nil {
		return fmt.Errorf("read the Lease: %w", err)
	}
	lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds = new("bench"), new(int32((24 * time.Hour).Seconds()))
	lease.Spec.AcquireTime, lease.Spec.RenewTime = new(metav1.NowMicro()), new(metav1.NowMicro())
	if err := r.Admin.Update(ctx, lease); err != nil {
		return fmt.Errorf("take the Lease: %w", err)
	}
	return nil
}
