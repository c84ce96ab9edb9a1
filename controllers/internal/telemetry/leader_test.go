// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// told is what a scrape shows while the leader has a cache, without the help.
func told(t *testing.T, l *Leader) string {
	t.Helper()
	leader.Store(l)
	t.Cleanup(func() { leader.Store(nil) })
	return scrape(t)
}

func scrape(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	families, err := gather()
	g.Expect(err).NotTo(HaveOccurred())
	var text strings.Builder
	for _, family := range families {
		_, err := expfmt.MetricFamilyToText(&text, family)
		g.Expect(err).NotTo(HaveOccurred())
	}
	var lines []string
	for line := range strings.Lines(text.String()) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func gather() ([]*dto.MetricFamily, error) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector{})
	return registry.Gather()
}

var began = time.Unix(1_700_000_000, 0)

// newLeader has a cache of these objects, and Managers that were polled two minutes after it began, but for one that never was.
func newLeader(t *testing.T, objects ...client.Object) *Leader {
	t.Helper()
	scheme := runtime.NewScheme()
	NewWithT(t).Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	return &Leader{
		Reader: fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build(),
		Polled: func(manager string) time.Time {
			if manager == "away" {
				return time.Time{}
			}
			return began.Add(2 * time.Minute)
		},
		Waiting: func(string) int { return 7 },
		began:   began,
	}
}

// condition of an object of generation 1.
func condition(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, ObservedGeneration: 1}
}

func named(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "shop", Name: name, Generation: 1}
}

func deleted(name string, at time.Time) metav1.ObjectMeta {
	m := named(name)
	m.Finalizers, m.DeletionTimestamp = []string{v1alpha1.Finalizer}, &metav1.Time{Time: at}
	return m
}

func deployment(meta metav1.ObjectMeta, conditions ...metav1.Condition) *v1alpha1.CloudifyDeployment {
	return &v1alpha1.CloudifyDeployment{ObjectMeta: meta, Status: v1alpha1.CloudifyDeploymentStatus{ObservedGeneration: 1, Conditions: conditions}}
}

func TestObjectsAreCountedByWhatTheySay(t *testing.T) {
	g := NewWithT(t)
	ready := condition("Ready", metav1.ConditionTrue, "Ready")
	failed := condition("Ready", metav1.ConditionFalse, "InstallFailed")
	stalled := condition("Stalled", metav1.ConditionTrue, "InstallFailed")
	leaving := condition("Ready", metav1.ConditionFalse, "Uninstalling")
	binding := &v1alpha1.CloudifyBinding{ObjectMeta: named("one")}
	binding.Status.Conditions = []metav1.Condition{ready}
	text := told(t, newLeader(t,
		deployment(named("one"), ready), deployment(named("two"), ready), deployment(named("failed"), failed, stalled), deployment(named("new")),
		deployment(deleted("late", began), leaving), deployment(deleted("later", began.Add(time.Hour)), leaving), binding))
	for _, line := range []string{
		`cloudify_operator_leader 1`,
		`cloudify_operator_objects{kind="CloudifyBinding",ready="True",reason="Ready",stalled="false"} 1`,
		`cloudify_operator_objects{kind="CloudifyDeployment",ready="True",reason="Ready",stalled="false"} 2`,
		`cloudify_operator_objects{kind="CloudifyDeployment",ready="False",reason="InstallFailed",stalled="true"} 1`,
		`cloudify_operator_objects{kind="CloudifyDeployment",ready="False",reason="Uninstalling",stalled="false"} 2`,
		`cloudify_operator_objects{kind="CloudifyDeployment",ready="Unknown",reason="None",stalled="false"} 1`,
		`cloudify_operator_oldest_deletion_timestamp_seconds{kind="CloudifyDeployment"} 1.7e+09`,
	} {
		g.Expect(text).To(ContainSubstring(line + "\n"))
	}
	g.Expect(strings.Count(text, "\n")).To(Equal(7), "nothing else:\n%s", text)
}

// Whoever may write a status cannot make as many series as they can think of reasons.
func TestReasonsAreBounded(t *testing.T) {
	g := NewWithT(t)
	var all []client.Object
	for i := range 300 {
		all = append(all, deployment(named(fmt.Sprint("d-", i)), condition("Ready", metav1.ConditionFalse, fmt.Sprint("Reason", i))))
	}
	text := told(t, newLeader(t, all...))
	g.Expect(strings.Count(text, "cloudify_operator_objects{")).To(Equal(maxReasons + 1))
	g.Expect(text).To(ContainSubstring(`reason="Other",stalled="false"} 200`))
}

func TestWorkflowsThatRunAreCounted(t *testing.T) {
	g := NewWithT(t)
	running := func(name, workflow string, ended *metav1.Time) *v1alpha1.CloudifyDeployment {
		d := deployment(named(name))
		d.Status.Execution = &v1alpha1.ExecutionStatus{ID: name, Workflow: workflow, Status: "started", EndedAt: ended}
		return d
	}
	text := told(t, newLeader(t, running("one", "install", nil), running("two", "install", nil), running("three", "back_up", nil),
		running("over", "uninstall", &metav1.Time{Time: began})))
	g.Expect(text).To(ContainSubstring(`cloudify_operator_executions_running{workflow="install"} 2`))
	g.Expect(text).To(ContainSubstring(`cloudify_operator_executions_running{workflow="other"} 1`))
	g.Expect(text).NotTo(ContainSubstring("uninstall"))
}

func TestOfferingsAreCountedByWhyTheyAreLeftOut(t *testing.T) {
	g := NewWithT(t)
	blueprint := func(name string, conditions ...metav1.Condition) *v1alpha1.CloudifyBlueprint {
		b := &v1alpha1.CloudifyBlueprint{ObjectMeta: named(name)}
		b.Status.Conditions = conditions
		return b
	}
	text := told(t, newLeader(t, blueprint("plain"), blueprint("one", condition("Offered", metav1.ConditionTrue, "Offered")),
		blueprint("two", condition("Offered", metav1.ConditionTrue, "Offered")), blueprint("taken", condition("Offered", metav1.ConditionFalse, "OfferingNameTaken"))))
	g.Expect(text).To(ContainSubstring(`cloudify_operator_offerings{offered="true",reason="Offered"} 2`))
	g.Expect(text).To(ContainSubstring(`cloudify_operator_offerings{offered="false",reason="OfferingNameTaken"} 1`))
}

func TestManagersSayWhetherTheyAnswerAndHowFreshTheirListsAre(t *testing.T) {
	g := NewWithT(t)
	manager := func(meta metav1.ObjectMeta, conditions ...metav1.Condition) *v1alpha1.CloudifyManager {
		meta.Namespace = ""
		m := &v1alpha1.CloudifyManager{ObjectMeta: meta}
		m.Status.ObservedGeneration, m.Status.Conditions = 1, conditions
		return m
	}
	text := told(t, newLeader(t, manager(named("default"), condition("Ready", metav1.ConditionTrue, "Ready")),
		manager(named("away"), condition("Ready", metav1.ConditionFalse, "ManagerUnreachable")),
		manager(deleted("leaving", began), condition("Ready", metav1.ConditionFalse, "InUse"))))
	for _, line := range []string{
		`cloudify_operator_manager_reachable{manager="default"} 1`, `cloudify_operator_manager_reachable{manager="away"} 0`,
		`cloudify_operator_manager_last_poll_timestamp_seconds{manager="default"} 1.70000012e+09`,
		`cloudify_operator_manager_last_poll_timestamp_seconds{manager="away"} 1.7e+09`,
		`cloudify_operator_manager_waiting_objects{manager="default"} 7`,
	} {
		g.Expect(text).To(ContainSubstring(line + "\n"))
	}
	g.Expect(text).NotTo(ContainSubstring("leaving"), "nobody is to be called for what is being deleted")
}

// A scrape that cannot see everything fails: fewer objects would look like a loss.
func TestHalfACountIsNotTold(t *testing.T) {
	g := NewWithT(t)
	l := newLeader(t, deployment(named("one")))
	l.Reader = interceptor.NewClient(l.Reader.(client.WithWatch), interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			if _, is := list.(*v1alpha1.CloudifyBindingList); is {
				return errors.New("the cache is not filled")
			}
			return c.List(ctx, list, opts...)
		},
	})
	leader.Store(l)
	t.Cleanup(func() { leader.Store(nil) })
	_, err := gather()
	g.Expect(err).To(MatchError(ContainSubstring("the cache is not filled")))
}

// Only the leader tells, and only while it leads.
func TestOnlyTheLeaderTells(t *testing.T) {
	g := NewWithT(t)
	g.Expect(scrape(t)).To(Equal("cloudify_operator_leader 0\n"))
	l := newLeader(t, deployment(named("one")))
	g.Expect(l.NeedLeaderElection()).To(BeTrue())
	ctx, resign := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.Start(ctx) }()
	g.Eventually(func() string { return scrape(t) }).Should(ContainSubstring("cloudify_operator_objects{"))
	resign()
	g.Expect(<-ended).To(Succeed())
	g.Expect(scrape(t)).To(Equal("cloudify_operator_leader 0\n"))
}
