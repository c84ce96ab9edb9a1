// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"
	"time"
	_ "time/tzdata" // as main has it

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

func windowAt(schedule string, duration time.Duration, zone string) v1alpha1.MaintenanceWindow {
	return v1alpha1.MaintenanceWindow{Schedule: schedule, Duration: metav1.Duration{Duration: duration}, TimeZone: zone}
}

func TestWindowOpens(t *testing.T) {
	saturdays, daily := windowAt("0 2 * * 6", 4*time.Hour, "Europe/Berlin"), windowAt("30 23 * * *", time.Hour, "")
	for name, row := range map[string]struct {
		windows   []v1alpha1.MaintenanceWindow
		now, from string
		closed    bool
	}{
		"none":                             {nil, "2026-01-01T12:00:00Z", "0001-01-01T00:00:00Z", false},
		"before":                           {[]v1alpha1.MaintenanceWindow{saturdays}, "2026-01-01T12:00:00Z", "2026-01-03T01:00:00Z", true},
		"a second before":                  {[]v1alpha1.MaintenanceWindow{saturdays}, "2026-01-03T00:59:59Z", "2026-01-03T01:00:00Z", true},
		"at its beginning":                 {[]v1alpha1.MaintenanceWindow{saturdays}, "2026-01-03T01:00:00Z", "2026-01-03T01:00:00Z", false},
		"just before its end":              {[]v1alpha1.MaintenanceWindow{saturdays}, "2026-01-03T04:59:59Z", "2026-01-03T01:00:00Z", false},
		"at its end":                       {[]v1alpha1.MaintenanceWindow{saturdays}, "2026-01-03T05:00:00Z", "2026-01-10T01:00:00Z", true},
		"in summer":                        {[]v1alpha1.MaintenanceWindow{saturdays}, "2026-07-01T12:00:00Z", "2026-07-04T00:00:00Z", true},
		"across midnight":                  {[]v1alpha1.MaintenanceWindow{daily}, "2026-01-02T00:15:00Z", "2026-01-01T23:30:00Z", false},
		"the first of several":             {[]v1alpha1.MaintenanceWindow{saturdays, daily}, "2026-01-01T12:00:00Z", "2026-01-01T23:30:00Z", true},
		"open, and another before that is": {[]v1alpha1.MaintenanceWindow{daily, saturdays}, "2026-01-03T01:30:00Z", "2026-01-03T01:00:00Z", false},
		"always":                           {[]v1alpha1.MaintenanceWindow{windowAt("* * * * *", 2*time.Minute, "")}, "2026-01-03T01:30:00Z", "2026-01-03T01:29:00Z", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(func(s *scope) { s.deployment.Spec.MaintenanceWindows = row.windows })
			s.now = must(time.Parse(time.RFC3339, row.now))
			g.Expect(s.readWindows()).To(Succeed())
			at, closed := s.windowOpens()
			g.Expect(closed).To(Equal(row.closed))
			g.Expect(at.UTC().Format(time.RFC3339)).To(Equal(row.from))
		})
	}
}

func must(at time.Time, err error) time.Time {
	if err != nil {
		panic(err)
	}
	return at
}

func TestInvalidWindows(t *testing.T) {
	for name, row := range map[string]struct {
		window v1alpha1.MaintenanceWindow
		words  []string
	}{
		"a range that ends before it begins": {windowAt("0 5-2 * * *", time.Hour, ""), []string{"maintenanceWindows[0]", "5-2", "beyond end"}},
		"a day that never comes":             {windowAt("0 2 31 2 *", time.Hour, ""), []string{"never comes"}},
		"a zone that is unknown here":        {windowAt("0 2 * * *", time.Hour, "Europe/Atlantis"), []string{"Europe/Atlantis", "Europe/Berlin"}},
		"a word":                             {windowAt("@weekly", time.Hour, ""), []string{"@weekly"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := cellar(func(s *scope) { s.deployment.Spec.MaintenanceWindows = []v1alpha1.MaintenanceWindow{row.window} })
			s.now = began
			NewWithT(t).Expect(s.readWindows()).To(ends(outcome.Stalled, v1alpha1.ReasonInvalidMaintenanceWindow, row.words...))
		})
	}
}

// settledThere is a cellar that was applied as its spec asks, and is installed; its window is two days away.
func settledThere(options ...option) *scope {
	s := cellar(append([]option{
		deployed("active", run(workflowInstall, "terminated", earlier)),
		func(s *scope) {
			s.deployment.Spec.MaintenanceWindows = []v1alpha1.MaintenanceWindow{windowAt("0 2 * * 6", 4*time.Hour, "")}
			s.deployment.Status.Applied = &v1alpha1.AppliedStatus{Generation: 3, BlueprintID: s.want.revision, Spec: askedDigest(&s.deployment.Spec)}
		},
	}, options...)...)
	s.now = began
	if err := s.readWindows(); err != nil {
		panic(err)
	}
	return s
}

// outside: an input has another value than was applied, by a Secret or at the Manager.
func outside(s *scope) { s.history.remote.Inputs["port"] = 9090 }

// respecified: a person changed the spec since.
func respecified(s *scope) {
	s.deployment.Spec.Inputs = map[string]v1alpha1.JSON{"port": {Raw: []byte("9090")}}
}

// follows has the deployment follow the blueprint, whose newest revision it has not.
func follows(s *scope) {
	s.deployment.Spec.Revision = &v1alpha1.RevisionSelection{Policy: v1alpha1.RevisionPolicyLatest}
	s.deployment.Status.Applied.Spec = askedDigest(&s.deployment.Spec)
	s.blueprint = &v1alpha1.CloudifyBlueprint{}
	s.blueprint.Status.BlueprintID = "nodecellar-2"
	s.blueprint.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionTrue}}
}

func TestWhatWaitsForAWindow(t *testing.T) {
	in := func(change func(*v1alpha1.CloudifyDeployment)) option { return func(s *scope) { change(s.deployment) } }
	for name, row := range map[string]struct {
		options []option
		step    step
	}{
		"nothing is due":           {nil, stepNone},
		"what came from elsewhere": {[]option{outside}, stepAwaitWindow},
		"a person's change":        {[]option{outside, respecified}, stepUpdate},
		"a change that no update is for": {[]option{outside, in(func(d *v1alpha1.CloudifyDeployment) {
			d.Spec.TTL = &metav1.Duration{Duration: time.Hour}
			d.Generation++
		})}, stepAwaitWindow},
		"a retry":                              {[]option{outside, requested}, stepUpdate},
		"an upgrade by the platform":           {[]option{outside, in(func(d *v1alpha1.CloudifyDeployment) { d.Status.Applied.MaintenanceVersion = "1.0.0" })}, stepUpdate},
		"never applied":                        {[]option{outside, in(func(d *v1alpha1.CloudifyDeployment) { d.Status.Applied = nil })}, stepUpdate},
		"not installed":                        {[]option{deployed("inactive"), outside}, stepUpdate},
		"after a failed update":                {[]option{deployed("active", run(workflowUpdate, "failed"), run(workflowInstall, "terminated", earlier)), outside}, stepUpdate},
		"a first install":                      {[]option{deployed("inactive")}, stepInstall},
		"paused, before the window":            {[]option{outside, pausedObject}, stepAwaitWindow},
		"deleted":                              {[]option{outside, deleting, func(s *scope) { s.history.live = true }}, stepUninstall},
		"a newer revision":                     {[]option{follows}, stepAwaitWindow},
		"a newer revision, asked for":          {[]option{follows, requested}, stepNone}, // prepare has chosen the newest
		"what came from elsewhere, and labels": {[]option{outside, func(s *scope) { s.history.remote.DisplayName = "x" }}, stepLabel},
		"a newer revision, and labels":         {[]option{follows, func(s *scope) { s.history.remote.DisplayName = "x" }}, stepLabel},
		"applied by an earlier version":        {[]option{outside, in(func(d *v1alpha1.CloudifyDeployment) { d.Status.Applied.Spec = "" })}, stepAwaitWindow},
		"an earlier version's, changed now":    {[]option{outside, in(func(d *v1alpha1.CloudifyDeployment) { d.Status.Applied.Spec = ""; d.Status.Applied.Generation-- })}, stepUpdate},
	} {
		t.Run(name, func(t *testing.T) {
			s := settledThere(row.options...)
			NewWithT(t).Expect(nextStep(&s.facts).step).To(Equal(row.step))
		})
	}
}

func TestOpenWindow(t *testing.T) {
	g := NewWithT(t)
	s := settledThere(outside)
	s.now = must(time.Parse(time.RFC3339, "2026-01-03T02:00:00Z"))
	g.Expect(nextStep(&s.facts).step).To(Equal(stepUpdate))

	s = settledThere(follows)
	g.Expect(s.chooseRevision()).To(Equal("nodecellar-1"), "what it has, until the window comes")
	s.now = must(time.Parse(time.RFC3339, "2026-01-03T02:00:00Z"))
	g.Expect(s.chooseRevision()).To(Equal("nodecellar-2"))
}

// The status says what waits and until when, stays Ready, and has the object looked at when the window begins; what was applied is
// not said to be what somebody else made of it.
func TestStatusWhileAWindowIsAwaited(t *testing.T) {
	g := NewWithT(t)
	s := settledThere(outside, func(s *scope) { s.history.remote.BlueprintID = "another" })
	s.decision = decision{step: stepLabel} // which is done beside
	out := s.inTime(outcome.Classify(nil))
	g.Expect(out.After).To(Equal(38 * time.Hour))
	s.setStatus(out)
	ready, _ := shown(s, v1alpha1.ReadyCondition)
	g.Expect(ready).To(Equal("True/Ready"))
	upToDate, message := shown(s, v1alpha1.UpToDateCondition)
	g.Expect(upToDate).To(Equal("False/" + v1alpha1.ReasonAwaitingWindow))
	g.Expect(message).To(ContainSubstring("2026-01-03T02:00:00Z (UTC)"))
	g.Expect(s.deployment.Status.AwaitedWindow.UTC()).To(Equal(began.Add(38 * time.Hour)))
	g.Expect(s.deployment.Status.Applied.BlueprintID).To(Equal("nodecellar-1"))

	// Until then the status answers to all there is; from then on it does not.
	s.before = s.deployment.DeepCopy()
	g.Expect(s.settled()).To(Equal(true))
	s.want, s.decision = nil, decision{} // nothing was looked at
	g.Expect(s.inTime(outcome.Outcome{Kind: outcome.Unchanged}).After).To(Equal(38 * time.Hour))
	s.now = began.Add(38 * time.Hour)
	g.Expect(s.settled()).To(Equal(false))
}
