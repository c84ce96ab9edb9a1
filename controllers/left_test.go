// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// Unfinished updates and scheduled executions that others left delay nothing, on a release that allows one update at a time and
// lists scheduled executions among running ones.
func TestWhatOthersLeft(t *testing.T) {
	t.Parallel()
	s := newStoryOf(t, everybodys, "5.2")
	s.connect()
	s.blueprint()
	d := s.installed("shop")
	update := func(port int) {
		s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(port) })
		s.eventually(d, And(testenv.BeReady(), HaveField("Status.ObservedGeneration", d.Generation)))
		s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(port)))
	}
	update(9090)
	s.sim.LeaveUpdate(remoteID(d))
	update(9091)

	s.sim.ScheduleExecution(remoteID(d), "heal")
	s.consistently(d, testenv.BeReady())
	update(9092)
	s.delete(d)
	s.gone(d)
	s.Expect(s.sim.Deployments()).To(BeEmpty())
}

// meddler writes a label, which wakes nothing, right before the operator writes the status of a deployment, a number of times.
type meddler struct {
	next  http.RoundTripper
	times *atomic.Int64
}

func (m meddler) RoundTrip(r *http.Request) (*http.Response, error) {
	if path, status := strings.CutSuffix(r.URL.Path, "/status"); status && r.Method == http.MethodPatch && strings.Contains(path, "/cloudifydeployments/") {
		if left := m.times.Add(-1); left >= 0 {
			d := &v1alpha1.CloudifyDeployment{}
			namespace, name, _ := strings.Cut(strings.TrimPrefix(path, "/apis/cloudify.co/v1alpha1/namespaces/"), "/cloudifydeployments/")
			d.Namespace, d.Name = namespace, name
			label := fmt.Appendf(nil, `{"metadata":{"labels":{"written":"%d"}}}`, left)
			if err := env.Client.Patch(r.Context(), d, client.RawPatch(types.MergePatchType, label)); err != nil {
				return nil, err
			}
		}
	}
	return m.next.RoundTrip(r)
}

// Others may write an object during a reconcile; that is not reported as trouble, and delays nothing.
func TestConflictsAreQuiet(t *testing.T) {
	t.Parallel()
	const conflicts = 5
	var times atomic.Int64
	times.Store(conflicts)
	o := newOperator(env.Namespace(t))
	o.adjust = func(config *rest.Config, _ *ctrl.Options) {
		config.Wrap(func(next http.RoundTripper) http.RoundTripper { return meddler{next, &times} })
	}
	o.run(t)
	s := newStory(t, o)
	s.connect()
	s.blueprint()
	d := s.installed("shop")
	times.Store(conflicts)
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.eventually(d, And(testenv.BeReady(), HaveField("Status.ObservedGeneration", d.Generation)))
	s.Expect(s.remote(d).Inputs).To(HaveKeyWithValue("port", BeEquivalentTo(9090)))
	s.Expect(len(o.log.lines("Object changed in the meantime, reconciling again"))).To(BeNumerically(">=", conflicts), "the story should meet conflicts")
	for _, line := range o.log.lines("the object has been modified") {
		s.Expect(strings.Contains(line, `"level":"error"`)).To(BeFalse(), line)
	}
	for _, note := range notes(t, d) {
		s.Expect(note).NotTo(ContainSubstring("modified"))
	}
}
