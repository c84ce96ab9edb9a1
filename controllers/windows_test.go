// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// saturday is when the windows of these stories begin, at 2:00 in Berlin, and set has the calendar say a time before or after that.
var saturday = time.Date(2030, 1, 5, 1, 0, 0, 0, time.UTC)

func (c *calendar) set(at time.Time) { c.ahead.Store(int64(time.Until(at))) }

// windowed has a deployment updated in a window only.
func windowed(d *v1alpha1.CloudifyDeployment) {
	d.Spec.MaintenanceWindows = []v1alpha1.MaintenanceWindow{
		{Schedule: "0 2 * * 6", Duration: metav1.Duration{Duration: 4 * time.Hour}, TimeZone: "Europe/Berlin"},
	}
}

func awaitWindow() types.GomegaMatcher {
	return And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionFalse, v1alpha1.ReasonAwaitingWindow))
}

func beUpToDate() types.GomegaMatcher {
	return And(testenv.BeReady(), testenv.HaveCondition(v1alpha1.UpToDateCondition, metav1.ConditionTrue, v1alpha1.ReasonUpToDate))
}

// weekdays is a story that begins on a Wednesday.
func weekdays(t *testing.T, change ...func(*controllers.Options)) (*story, *calendar) {
	t.Helper()
	t.Parallel()
	c := &calendar{}
	c.set(saturday.Add(-62 * time.Hour))
	s := newStory(t, startOperator(t, append(change, c.at)...))
	s.connect()
	return s, c
}

// A newer revision that is followed waits for the window, and comes in it by itself, after restarts too. What people change meanwhile
// does not wait, nor does it bring the revision with it.
func TestRevisionWaitsForAWindow(t *testing.T) {
	s, c := weekdays(t)
	b := s.blueprint()
	first := b.Status.BlueprintID
	d := s.deployment("shop", nil, windowed)
	d.Spec.Revision = &v1alpha1.RevisionSelection{Policy: v1alpha1.RevisionPolicyLatest}
	s.create(d)
	s.eventually(d, beUpToDate()) // a first install waits for nothing

	s.update(b, func() { testenv.Inline(cellar(t, "default: small", "default: large"))(b) })
	s.eventually(b, And(testenv.BeReady(), HaveField("Status.BlueprintID", Not(Equal(first)))))
	second := b.Status.BlueprintID
	s.eventually(d, And(awaitWindow(), HaveField("Status.AwaitedWindow.Time", BeTemporally("==", saturday))))
	s.Expect(testenv.Condition(d, v1alpha1.UpToDateCondition).Message).To(And(ContainSubstring(second), ContainSubstring("2030-01-05T02:00:00+01:00 (Europe/Berlin)")))
	s.update(d, func() { d.Spec.Inputs["port"] = testenv.JSON(9090) })
	s.Eventually(s.input(d, "port")).Should(BeEquivalentTo(9090))
	s.eventually(d, And(awaitWindow(), HaveField("Status.Applied.Generation", d.Generation), HaveField("Status.BlueprintID", first)))

	c.set(saturday.Add(-time.Hour))
	s.passes(c, 0)
	s.consistently(d, And(awaitWindow(), HaveField("Status.BlueprintID", first)))
	s.Expect(s.executions(d, "update")).To(HaveLen(1))
	c.set(saturday.Add(-5 * time.Second))
	s.passes(c, 0)
	s.eventually(d, And(beUpToDate(), HaveField("Status.BlueprintID", second), HaveField("Status.AwaitedWindow", BeNil())))
	s.Expect(c.now()).To(BeTemporally(">=", saturday))
	s.Expect(s.executions(d, "update")).To(HaveLen(2))
}

// A changed Secret waits, and so does what somebody changed at the Manager. Changes of the spec that need no update release neither;
// a retry that somebody requests does, and deletion does not wait.
func TestWhatComesFromElsewhereWaitsForAWindow(t *testing.T) {
	s, _ := weekdays(t, func(o *controllers.Options) { o.WatchReferences = true })
	s.blueprint()
	secret := s.access("first-password")
	fed, drifted := s.fed("fed", "password"), s.deployment("drifted", nil, windowed)
	windowed(fed)
	s.create(fed, drifted)
	s.eventually(fed, beUpToDate())
	s.eventually(drifted, beUpToDate())

	s.update(secret, func() { secret.Data["password"] = []byte(hidden) })
	_, err := s.sim.StartUpdate(remoteID(drifted), map[string]any{"port": 1})
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(fed, awaitWindow())
	s.eventually(drifted, awaitWindow())
	s.update(fed, func() { fed.Spec.MaintenanceWindows[0].Duration.Duration = 2 * time.Hour })
	s.eventually(fed, And(awaitWindow(), HaveField("Status.ObservedGeneration", fed.Generation)))
	s.consistently(fed, awaitWindow())
	s.Expect(s.executions(fed, "update")).To(BeEmpty())
	s.Expect(s.input(drifted, "port")()).To(BeEquivalentTo(1))

	s.ask(fed)
	s.Eventually(s.input(fed, "password")).Should(Equal(hidden))
	s.eventually(fed, beUpToDate())
	s.delete(drifted)
	s.gone(drifted)
}

// In the window what waited is put right, without anybody's doing.
func TestDriftIsUndoneInAWindow(t *testing.T) {
	s, c := weekdays(t)
	s.blueprint()
	d := s.deployment("shop", nil, windowed)
	s.create(d)
	s.eventually(d, beUpToDate())
	port := s.input(d, "port")()
	_, err := s.sim.StartUpdate(remoteID(d), map[string]any{"port": 1})
	s.Expect(err).NotTo(HaveOccurred())
	s.eventually(d, awaitWindow())
	c.set(saturday.Add(time.Hour))
	s.passes(c, 0)
	s.eventually(d, beUpToDate())
	s.Expect(s.input(d, "port")()).To(Equal(port))
}

// What the schema cannot refuse is said before anything is created.
func TestWindowThatNeverComes(t *testing.T) {
	s := tell(t)
	s.blueprint()
	d := s.deployment("shop", nil, windowed)
	d.Spec.MaintenanceWindows[0].Schedule = "0 2 31 2 *"
	s.create(d)
	s.eventually(d, testenv.BeStalled(v1alpha1.ReasonInvalidMaintenanceWindow, "maintenanceWindows[0]", "never comes"))
	s.Expect(s.sim.Deployments()).To(BeEmpty())
	s.update(d, func() { windowed(d) })
	s.eventually(d, beUpToDate())
}
