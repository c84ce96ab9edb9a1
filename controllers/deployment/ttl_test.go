// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// aged is a cellar that was created at the beginning, and is looked at after a time.
func aged(ttl, age time.Duration, options ...option) *scope {
	s := cellar(append([]option{func(s *scope) {
		s.deployment.CreationTimestamp = metav1.Time{Time: began}
		if ttl != 0 {
			s.deployment.Spec.TTL = &metav1.Duration{Duration: ttl}
		}
	}}, options...)...)
	s.now = began.Add(age)
	return s
}

// announced: the status says since so long after the beginning that the end is near.
func announced(after time.Duration) option {
	return func(s *scope) {
		meta.SetStatusCondition(&s.deployment.Status.Conditions, metav1.Condition{
			Type: v1alpha1.ExpiresSoonCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonExpiresSoon,
			LastTransitionTime: metav1.Time{Time: began.Add(after)},
		})
	}
}

func pausedObject(s *scope) { s.deployment.Spec.Paused = true }

func TestExpiry(t *testing.T) {
	const h = time.Hour
	never := time.Duration(-1)
	for name, row := range map[string]struct {
		scope   *scope
		soon    bool
		at      time.Duration // after the beginning
		expired bool
		again   time.Duration
	}{
		"no ttl":                        {aged(0, 100*h), false, never, false, 0},
		"new":                           {aged(100*h, h), false, 100 * h, false, 89 * h},
		"just before the notice":        {aged(100*h, 90*h-time.Second), false, 100 * h, false, time.Second},
		"the notice":                    {aged(100*h, 90*h), true, 100 * h, false, 10 * h},
		"announced":                     {aged(100*h, 95*h, announced(90*h)), true, 100 * h, false, 5 * h},
		"over":                          {aged(100*h, 100*h, announced(90*h)), true, 100 * h, true, 0},
		"over long ago":                 {aged(100*h, 500*h, announced(90*h)), true, 100 * h, true, 0},
		"nobody watched":                {aged(100*h, 99*h), true, 109 * h, false, 10 * h},
		"nobody watched until the end":  {aged(100*h, 500*h), true, 510 * h, false, 10 * h},
		"announced late":                {aged(100*h, 505*h, announced(500*h)), true, 510 * h, false, 5 * h},
		"raised":                        {aged(200*h, 100*h, announced(90*h)), false, 200 * h, false, 80 * h},
		"lowered after an announcement": {aged(50*h, 96*h, announced(90*h)), true, 95 * h, true, 0},
		"removed":                       {aged(0, 100*h, announced(90*h)), false, never, false, 0},
		"paused":                        {aged(100*h, 100*h, announced(90*h), pausedObject), true, 100 * h, false, 0},
		"deleted by somebody":           {aged(100*h, 95*h, announced(90*h), func(s *scope) { s.deployment.DeletionTimestamp = &metav1.Time{Time: began} }), false, never, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			g, s := NewWithT(t), row.scope
			g.Expect(s.expired()).To(Equal(row.expired))
			g.Expect(s.inTime(outcome.Outcome{}).After).To(Equal(row.again))
			s.setExpiry()
			g.Expect(meta.IsStatusConditionTrue(s.deployment.Status.Conditions, v1alpha1.ExpiresSoonCondition)).To(Equal(row.soon))
			if row.at == never {
				g.Expect(s.deployment.Status.ExpiresAt).To(BeNil())
			} else {
				g.Expect(s.deployment.Status.ExpiresAt.Time).To(Equal(began.Add(row.at)))
			}
		})
	}
}

// What is looked at sooner for another reason, fails, or is gone, is not looked at for its ttl.
func TestExpiryHastensOnly(t *testing.T) {
	g, s := NewWithT(t), aged(100*time.Hour, time.Hour)
	g.Expect(s.inTime(outcome.Outcome{Kind: outcome.Waiting, After: time.Minute}).After).To(Equal(time.Minute))
	g.Expect(s.inTime(outcome.Outcome{Kind: outcome.Waiting, After: 200 * time.Hour}).After).To(Equal(89 * time.Hour))
	g.Expect(s.inTime(outcome.Outcome{Kind: outcome.Retry}).After).To(BeZero())
	g.Expect(s.inTime(outcome.Outcome{Kind: outcome.Gone}).After).To(BeZero())
}
