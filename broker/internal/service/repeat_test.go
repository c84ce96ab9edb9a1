// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

func TestRepeat(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for _, row := range []struct {
		name       string
		annotation string
		before     *notice
		operation  int64
		after      notice
	}{
		{name: "the first time", operation: 3, after: notice{3, now, 0}},
		{name: "told just now", before: &notice{3, now, 0}, operation: 3, after: notice{3, now, 0}},
		{name: "told 29 s ago", before: &notice{3, ago(29 * time.Second), 0}, operation: 3, after: notice{3, ago(29 * time.Second), 0}},
		{name: "told 30 s ago", before: &notice{3, ago(30 * time.Second), 0}, operation: 4, after: notice{3, ago(30 * time.Second), 1}},
		{name: "the second failure", before: &notice{2, ago(time.Hour), 1}, operation: 3, after: notice{3, now, 1}},
		{name: "the second failure, 59 s ago", before: &notice{3, ago(59 * time.Second), 1}, operation: 3, after: notice{3, ago(59 * time.Second), 1}},
		{name: "the second failure, a minute ago", before: &notice{3, ago(time.Minute), 1}, operation: 4, after: notice{3, ago(time.Minute), 2}},
		{name: "the ninth failure, 4 min ago", before: &notice{3, ago(4 * time.Minute), 8}, operation: 3, after: notice{3, ago(4 * time.Minute), 8}},
		{name: "the ninth failure, 5 min ago", before: &notice{3, ago(5 * time.Minute), 8}, operation: 4, after: notice{3, ago(5 * time.Minute), 9}},
		{name: "a clock that was set back", before: &notice{3, now.Add(time.Hour), 0}, operation: 3, after: notice{3, now.Add(time.Hour), 0}},
		{name: "what nobody can read", annotation: "yesterday", operation: 3, after: notice{3, now, 0}},
		{name: "what nobody can have written", annotation: `{"operation":3,"attempts":-1}`, operation: 3, after: notice{3, now, 0}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			d := instance(3, 0)
			if row.before != nil {
				row.before.keep(d)
			}
			if row.annotation != "" {
				d.Annotations = map[string]string{v1alpha1.OSBFailureToldAnnotation: row.annotation}
			}
			repeat(d, v1alpha1.OperationUpdate, now)
			g.Expect(d.Spec.OSB.Operation.Number).To(Equal(row.operation))
			g.Expect(d.Spec.OSB.Operation.Verb).To(Equal(map[bool]v1alpha1.OperationVerb{false: v1alpha1.OperationProvision, true: v1alpha1.OperationUpdate}[row.operation > 3]))
			g.Expect(noticeOf(d)).To(Equal(row.after))

			forgetFailures(d)
			g.Expect(noticeOf(d)).To(Equal(notice{}))
		})
	}
}
