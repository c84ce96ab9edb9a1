// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"encoding/json"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// repeatIntervals are the times between telling a platform of a failure and starting the same again when it asks for it: a
// platform may send its request with every poll, and must hear of the failure before there is another attempt.
var repeatIntervals = []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}

// notice is that a platform asked again for what had failed, and was answered that it failed. It is an annotation, so that every
// replica knows.
type notice struct {
	// Operation is the number of the failed operation.
	Operation int64 `json:"operation"`
	// At is when the platform asked first.
	At time.Time `json:"at"`
	// Attempts are how often the same was started again before.
	Attempts int `json:"attempts,omitempty"`
}

// noticeOf reads the annotation. One that cannot be read counts as none.
func noticeOf(d *v1alpha1.CloudifyDeployment) notice {
	var n notice
	if json.Unmarshal([]byte(d.Annotations[v1alpha1.OSBFailureToldAnnotation]), &n) != nil || n.Attempts < 0 {
		return notice{}
	}
	return n
}

func (n notice) keep(d *v1alpha1.CloudifyDeployment) {
	raw, err := json.Marshal(n)
	if err != nil {
		panic(err) // numbers and a time
	}
	metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.OSBFailureToldAnnotation, string(raw))
}

// due reports whether the same may be started again.
func (n notice) due(now time.Time) bool {
	return now.Sub(n.At) >= repeatIntervals[min(n.Attempts, len(repeatIntervals)-1)]
}

// repeat changes an instance whose latest operation failed, and was asked for once more: the first time it notes that the
// platform hears of the failure, later it starts the same again where that is due. verb is that of the new attempt.
func repeat(d *v1alpha1.CloudifyDeployment, verb v1alpha1.OperationVerb, now time.Time) {
	n := noticeOf(d)
	switch operation := &d.Spec.OSB.Operation; {
	case n.Operation != operation.Number:
		notice{Operation: operation.Number, At: now.UTC().Truncate(time.Second), Attempts: n.Attempts}.keep(d)
	case n.due(now):
		*operation = v1alpha1.Operation{Verb: verb, Number: operation.Number + 1}
		n.Attempts++
		n.keep(d)
	}
}

// forgetFailures begins anew: something else is asked for.
func forgetFailures(d *v1alpha1.CloudifyDeployment) {
	delete(d.Annotations, v1alpha1.OSBFailureToldAnnotation)
}
