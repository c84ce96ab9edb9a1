// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// witness sees every status that objects ever have.
type witness struct {
	mu      sync.Mutex
	notices []string
}

func (w *witness) said() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.notices)
}

// watch begins to look at all that the objects of the sequence show.
func (q *sequence) watch() {
	q.t.Helper()
	all, err := client.NewWithWatch(env.RestConfig, client.Options{Scheme: env.Scheme, Mapper: env.Client.RESTMapper()})
	q.Expect(err).NotTo(HaveOccurred())
	for _, list := range []client.ObjectList{&v1alpha1.CloudifyManagerList{}, &v1alpha1.CloudifyBlueprintList{}, &v1alpha1.CloudifyDeploymentList{}, &v1alpha1.CloudifyExecutionList{}} {
		stream, err := all.Watch(q.t.Context(), list, client.MatchingLabels{storyLabel: q.name})
		q.Expect(err).NotTo(HaveOccurred())
		q.t.Cleanup(stream.Stop)
		go q.witness.look(stream)
	}
}

// look notices what must not be seen: a secret, or InventoryLost, for which there are too few deployments.
func (w *witness) look(stream watch.Interface) {
	for event := range stream.ResultChan() {
		o, ok := event.Object.(testenv.Object)
		if !ok {
			continue
		}
		text := testenv.Describe(o)
		if d, ok := o.(*v1alpha1.CloudifyDeployment); ok && d.Status.Execution != nil {
			text += "\n    " + d.Status.Execution.Error
		}
		for _, never := range []string{hidden, v1alpha1.ReasonInventoryLost} {
			if strings.Contains(text, never) || strings.Contains(fmt.Sprint(plainly(o)), never) {
				w.mu.Lock()
				w.notices = append(w.notices, "seen "+never+": "+text)
				w.mu.Unlock()
			}
		}
	}
}
