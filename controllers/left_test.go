// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// What others left at a Manager that knows one update at a time, and lists what is scheduled among what runs, holds nothing up.
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

// Others may write an object while it is at work; that is no trouble to tell anybody, and holds nothing up.
func TestConflictsAreQuiet(t *testing.T) {
	t.Parallel()
	o := startOperator(t)
	s := newStory(t, o)
	s.connect()
	s.blueprint()
	d := s.deployment("shop", nil)
	s.create(d)
	key, writer := client.ObjectKeyFromObject(d), d.DeepCopy()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // labels, which wake nobody, as often as they can be written
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := env.Client.Get(t.Context(), key, writer); err != nil {
				continue
			}
			writer.Labels["written"] = fmt.Sprint(i)
			_ = env.Client.Update(t.Context(), writer) // may be in vain itself
		}
	}()
	s.eventually(d, testenv.BeReady())
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
	s.eventually(d, testenv.BeReady())
	close(stop)
	<-done
	met := o.log.lines("Changed meanwhile")
	s.Expect(met).NotTo(BeEmpty(), "the story should meet conflicts")
	for _, line := range o.log.lines("the object has been modified") {
		s.Expect(strings.Contains(line, `"level":"error"`)).To(BeFalse(), line)
	}
	for _, note := range notes(t, d) {
		s.Expect(note).NotTo(ContainSubstring("modified"))
	}
	s.Expect(time.Since(d.CreationTimestamp.Time)).To(BeNumerically("<", patience))
}
