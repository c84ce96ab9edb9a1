// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// What was asked of an object is finished when it was applied once, or failed for good, whatever comes later.
func TestUnfinished(t *testing.T) {
	applied := func(d *v1alpha1.CloudifyDeployment) {
		d.Status.Applied = &v1alpha1.AppliedStatus{Generation: d.Generation}
	}
	stalled := func(d *v1alpha1.CloudifyDeployment) {
		d.Status.ObservedGeneration = d.Generation
		d.Status.Conditions = append(d.Status.Conditions, metav1.Condition{
			Type: v1alpha1.StalledCondition, Status: metav1.ConditionTrue, ObservedGeneration: d.Generation})
	}
	retried := func(d *v1alpha1.CloudifyDeployment) {
		metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.RequestedAtAnnotation, "now")
	}
	edited := func(d *v1alpha1.CloudifyDeployment) { d.Generation++ }
	deleted := func(d *v1alpha1.CloudifyDeployment) { d.DeletionTimestamp = &metav1.Time{Time: time.Now()} }

	type changes []func(*v1alpha1.CloudifyDeployment)
	for name, row := range map[string]struct {
		changes    changes
		unfinished bool
	}{
		"new":                             {nil, true},
		"applied":                         {changes{applied}, false},
		"applied, then edited":            {changes{applied, edited}, true},
		"stalled":                         {changes{stalled}, false},
		"stalled, with a retry requested": {changes{stalled, retried}, true},
		"applied, then deleted":           {changes{applied, deleted}, true},
		"deleted and stalled":             {changes{applied, deleted, stalled}, false},
	} {
		d := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cellar", Generation: 1}}
		for _, change := range row.changes {
			change(d)
		}
		o := newObject(d, "cluster")
		NewWithT(t).Expect(o.unfinished()).To(Equal(row.unfinished), name)
	}
}
