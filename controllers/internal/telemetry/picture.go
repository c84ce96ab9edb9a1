// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

var (
	objects = prometheus.NewDesc("cloudify_operator_objects",
		"Objects by kind, by what their Ready condition says, and by whether they are stalled.", []string{"kind", "ready", "stalled", "reason"}, nil)
	oldestDeletion = prometheus.NewDesc("cloudify_operator_oldest_deletion_timestamp_seconds",
		"Since when the object is being deleted that has been waiting for its end the longest; none where nothing is being deleted.", []string{"kind"}, nil)
	running = prometheus.NewDesc("cloudify_operator_executions_running",
		"Workflows that run at Managers for CloudifyDeployments.", []string{"workflow"}, nil)
	offerings = prometheus.NewDesc("cloudify_operator_offerings",
		"Offerings by whether the catalog of the OSB endpoint lists them, and why.", []string{"offered", "reason"}, nil)
)

// reasonNone is the label of an object without the condition: the operator has not looked at it yet.
const reasonNone = "None"

// maxReasons are those that a kind can show. The operator knows fewer; whoever may write a status can think of more.
const maxReasons = 100

// summary is what objects are counted by.
type summary struct {
	kind    string
	ready   metav1.ConditionStatus
	stalled bool
	reason  string
}

// verdict is what offerings are counted by.
type verdict struct {
	offered bool
	reason  string
}

// picture is what one scrape sees.
type picture struct {
	objects   map[summary]int
	reasons   map[string]map[string]bool // of each kind
	deletions map[string]time.Time
	running   map[string]int
	offerings map[verdict]int
	managers  []*v1alpha1.CloudifyManager
}

func newPicture() *picture {
	return &picture{
		objects: map[summary]int{}, reasons: map[string]map[string]bool{}, deletions: map[string]time.Time{},
		running: map[string]int{}, offerings: map[verdict]int{},
	}
}

// look reads the cache. What it reads is the cache's own.
func (l *Leader) look(ctx context.Context, p *picture) error {
	var managers v1alpha1.CloudifyManagerList
	var blueprints v1alpha1.CloudifyBlueprintList
	var deployments v1alpha1.CloudifyDeploymentList
	var bindings v1alpha1.CloudifyBindingList
	var executions v1alpha1.CloudifyExecutionList
	for _, list := range []client.ObjectList{&managers, &blueprints, &deployments, &bindings, &executions} {
		if err := l.Reader.List(ctx, list, client.UnsafeDisableDeepCopy, client.DisableReadYourWritesConsistency); err != nil {
			return fmt.Errorf("list what is cached: %w", err)
		}
	}
	for i := range managers.Items {
		p.add("CloudifyManager", &managers.Items[i])
		p.managers = append(p.managers, &managers.Items[i])
	}
	for i := range blueprints.Items {
		p.add("CloudifyBlueprint", &blueprints.Items[i])
		p.addOffering(&blueprints.Items[i])
	}
	for i := range deployments.Items {
		p.add("CloudifyDeployment", &deployments.Items[i])
		if e := deployments.Items[i].Status.Execution; e != nil && e.EndedAt == nil {
			p.running[Workflow(e.Workflow)]++
		}
	}
	for i := range bindings.Items {
		p.add("CloudifyBinding", &bindings.Items[i])
	}
	for i := range executions.Items {
		p.add("CloudifyExecution", &executions.Items[i])
	}
	return nil
}

// add counts an object.
func (p *picture) add(kind string, o outcome.Object) {
	s := summary{kind: kind, ready: metav1.ConditionUnknown, reason: reasonNone}
	if ready := meta.FindStatusCondition(o.GetConditions(), v1alpha1.ReadyCondition); ready != nil {
		s.ready, s.reason = ready.Status, ready.Reason
	}
	s.stalled = meta.IsStatusConditionTrue(o.GetConditions(), v1alpha1.StalledCondition)
	s.reason = p.bounded(kind, s.reason)
	p.objects[s]++
	if at := o.GetDeletionTimestamp(); at != nil {
		if first, known := p.deletions[kind]; !known || at.Time.Before(first) {
			p.deletions[kind] = at.Time
		}
	}
}

// addOffering counts what the catalog lists, and what it leaves out.
func (p *picture) addOffering(b *v1alpha1.CloudifyBlueprint) {
	if offered := meta.FindStatusCondition(b.Status.Conditions, v1alpha1.OfferedCondition); offered != nil {
		p.offerings[verdict{offered.Status == metav1.ConditionTrue, p.bounded("offering", offered.Reason)}]++
	}
}

// bounded is a reason, or "Other" for one too many.
func (p *picture) bounded(kind, reason string) string {
	known := p.reasons[kind]
	if known == nil {
		known = map[string]bool{}
		p.reasons[kind] = known
	}
	if !known[reason] && len(known) >= maxReasons {
		return "Other"
	}
	known[reason] = true
	return reason
}

func (p *picture) send(to chan<- prometheus.Metric) {
	for s, count := range p.objects {
		to <- gauge(objects, float64(count), s.kind, string(s.ready), strconv.FormatBool(s.stalled), s.reason)
	}
	for kind, since := range p.deletions {
		to <- gauge(oldestDeletion, float64(since.Unix()), kind)
	}
	for workflow, count := range p.running {
		to <- gauge(running, float64(count), workflow)
	}
	for v, count := range p.offerings {
		to <- gauge(offerings, float64(count), strconv.FormatBool(v.offered), v.reason)
	}
}

func gauge(d *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}
