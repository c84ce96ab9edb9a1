// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// customer is a platform with one instance, whose object has UID 1 and whose deployment is at a Manager.
type customer struct {
	*platform
	*WithT
	t        *testing.T
	instance *instance
	object   *v1alpha1.CloudifyDeployment
}

func newCustomer(t *testing.T) *customer {
	t.Helper()
	e := newEntrance(t, "7.1")
	e.add("k8s-1")
	scheme := runtime.NewScheme()
	e.Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	d := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: services, Name: "i", UID: "1"}}
	d.Spec.OSB = &v1alpha1.ServiceInstance{InstanceID: "i", Operation: v1alpha1.Operation{Number: 1}}
	w := &world{book: e.book, client: fake.NewClientBuilder().WithScheme(scheme).WithObjects(d).Build(), managers: []*manager{{name: "m", Simulator: e.sim, witness: e.witness}}}
	w.recorder = &recorder{client: w.client, book: e.book}
	w.recorder.see(d)
	p := &platform{world: w}
	i := &instance{id: "i", service: "s", plan: "free", ports: []int{8100}, operations: []*operation{newOperation("provision.1.1")}, bindings: map[string]bool{}}
	return &customer{WithT: e.WithT, t: t, platform: p, instance: i, object: d}
}

func said(status int, body map[string]any) answer { return answer{status: status, body: body} }

func (c *customer) poll(token, state string) {
	c.t.Helper()
	o := c.instance.latest()
	if o.token != token {
		o = newOperation(token)
		c.instance.operations = append(c.instance.operations, o)
	}
	c.Expect(c.judgePoll(c.t.Context(), c.instance, o, said(http.StatusOK, map[string]any{"state": state}))).To(Succeed())
}

// applied has the object say that its operation was brought about.
func (c *customer) applied() {
	c.t.Helper()
	c.object.Status.Applied = &v1alpha1.AppliedStatus{Operation: 1}
	c.recorder.see(c.object)
}

// stalled has the object say that it is.
func (c *customer) stalled() {
	c.object.Status.Conditions = []metav1.Condition{{Type: v1alpha1.StalledCondition, Status: metav1.ConditionTrue}}
	c.recorder.see(c.object)
}

func TestAnswersToPlatformsAreJudged(t *testing.T) {
	const provision, deprovision = "provision.1.1", "deprovision.1.2"
	for name, row := range map[string]struct {
		happens func(*customer)
		lie     string // a part of the violation; "" if the answers are true
	}{
		"in progress, then succeeded":    {func(c *customer) { c.poll(provision, inProgress); c.applied(); c.poll(provision, succeeded) }, ""},
		"succeeded before it is applied": {func(c *customer) { c.poll(provision, succeeded) }, "succeeded means that the operation was applied"},
		"failed when it is stalled":      {func(c *customer) { c.stalled(); c.poll(provision, failed) }, ""},
		"failed out of the blue":         {func(c *customer) { c.poll(provision, failed) }, "failed means that only another request can help"},
		"succeeded, then failed": {func(c *customer) {
			c.applied()
			c.poll(provision, succeeded)
			c.poll(provision, inProgress)
			c.stalled()
			c.poll(provision, failed)
		}, "was succeeded and stays so"},
		"succeeded, and in progress to a replica that lags": {func(c *customer) {
			c.applied()
			c.poll(provision, succeeded)
			c.poll(provision, inProgress)
			c.poll(provision, succeeded)
		}, ""},
		"failed, then succeeded, after people helped": {func(c *customer) {
			c.stalled()
			c.poll(provision, failed)
			c.tending.Store(true)
			c.applied()
			c.poll(provision, succeeded)
		}, ""},
		"failed, then succeeded, by itself": {func(c *customer) {
			c.stalled()
			c.poll(provision, failed)
			c.applied()
			c.poll(provision, succeeded)
		}, "was failed and stays so"},
		"failed, then succeeded, with a new revision": {func(c *customer) {
			c.stalled()
			c.poll(provision, failed)
			c.versions = map[string]int{"s": 1}
			c.applied()
			c.poll(provision, succeeded)
		}, ""},
		"gone, but not at the Manager": {func(c *customer) { c.poll(deprovision, succeeded) }, "what is said to be gone is gone at the Manager"},
		"gone, and left by a late request": {func(c *customer) {
			c.book.delivered("k8s-1", "PUT deployments")
			c.poll(deprovision, succeeded)
		}, ""},
		"gone everywhere": {func(c *customer) {
			c.managers[0].RemoveDeployment("k8s-1")
			c.poll(deprovision, succeeded)
		}, ""},
		"410 while it is there": {func(c *customer) {
			c.managers[0].RemoveDeployment("k8s-1")
			c.Expect(c.judgeDeprovision(c.t.Context(), c.instance, said(http.StatusGone, nil))).To(Succeed())
		}, "200 and 410 mean that it is gone"},
		"created within the request": {func(c *customer) {
			c.Expect(c.judgeProvision(c.t.Context(), c.instance, said(http.StatusCreated, nil), false)).To(Succeed())
		}, "a provision is answered 202"},
		"another order taken for the same": {func(c *customer) {
			c.Expect(c.judgeProvision(c.t.Context(), c.instance, said(http.StatusAccepted, map[string]any{"operation": provision}), true)).To(Succeed())
		}, "an order that differs is answered 409"},
		"an update of what could not be created": {func(c *customer) {
			c.Expect(c.judgeUpdate(c.instance, said(http.StatusUnprocessableEntity, map[string]any{"description": "the service instance could not be created: no quota"}))).To(Succeed())
		}, ""},
		"an update refused without a word": {func(c *customer) {
			c.Expect(c.judgeUpdate(c.instance, said(http.StatusUnprocessableEntity, nil))).To(Succeed())
		}, "an update is answered 202"},
		"200 after requests without an answer, before it is done": {func(c *customer) {
			c.instance.operations, c.instance.loose = nil, true
			c.Expect(c.judgeProvision(c.t.Context(), c.instance, said(http.StatusOK, nil), false)).To(Succeed())
		}, "200 means that it is done"},
		"200 to the first request": {func(c *customer) {
			c.applied()
			c.instance.operations = nil
			c.Expect(c.judgeProvision(c.t.Context(), c.instance, said(http.StatusOK, nil), false)).To(Succeed())
		}, "a provision is answered 202"},
		"200 before it is done": {func(c *customer) {
			c.Expect(c.judgeProvision(c.t.Context(), c.instance, said(http.StatusOK, nil), false)).To(Succeed())
		}, "200 means that it is done"},
		"credentials": {func(c *customer) {
			c.judgeBind(c.instance, said(http.StatusCreated, map[string]any{"credentials": map[string]any{"url": urlAt(8100)}}))
		}, ""},
		"somebody else's credentials": {func(c *customer) {
			c.judgeBind(c.instance, said(http.StatusCreated, map[string]any{"credentials": map[string]any{"url": urlAt(9999)}}))
		}, "the credentials are the deployment's"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCustomer(t)
			row.happens(c)
			if row.lie == "" {
				c.Expect(c.book.found()).To(BeEmpty())
				return
			}
			c.Expect(c.book.found()).To(ConsistOf(WithTransform(violation.String, ContainSubstring(row.lie))))
		})
	}
}

func TestWhatAPlatformWaitsFor(t *testing.T) {
	for name, row := range map[string]struct {
		happens func(*customer)
		waits   bool
	}{
		"accepted":                          {func(*customer) {}, true},
		"in progress":                       {func(c *customer) { c.poll("provision.1.1", inProgress) }, true},
		"succeeded":                         {func(c *customer) { c.applied(); c.poll("provision.1.1", succeeded) }, false},
		"its deletion is in progress":       {func(c *customer) { c.poll("deprovision.1.2", inProgress) }, true},
		"gone, and its deletion unanswered": {func(c *customer) { c.instance.over = true }, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCustomer(t)
			c.all = append(c.all, c.instance)
			row.happens(c)
			c.Expect(c.outstanding()).To(HaveLen(map[bool]int{true: 1, false: 0}[row.waits]))
		})
	}
}
