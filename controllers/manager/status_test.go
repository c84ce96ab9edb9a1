// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

func TestSetStatus(t *testing.T) {
	version := &cloudify.Version{Version: "7.1.0", Edition: "community"}
	for _, row := range []struct {
		name            string
		version         *cloudify.Version
		end             error
		ready           metav1.ConditionStatus
		reason, message string
		release         string
	}{
		{"connected", version, nil, "True", "Ready", "connected to Cloudify Manager 7.1.0 (community), tenant default_tenant", "7.1.0"},
		{"refused", nil, outcome.WaitFor(1, "Unauthorized", "correct the Secret"), "False", "Unauthorized", "correct the Secret", "6.4.0"},
		{"not reached", nil, outcome.WaitUnseen(1, "ManagerUnreachable", "no route"), "Unknown", "ManagerUnreachable", "no route", "6.4.0"},
		{"connected, but deployments are lost", version, outcome.Stall("InventoryLost", "6 of 8"), "False", "InventoryLost", "6 of 8", "7.1.0"},
		{"connected, but deleted", version, outcome.Wait("InUse", "shop/cellar"), "False", "InUse", "shop/cellar", "7.1.0"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := newScope(newManager("https://manager"))
			s.manager.Generation, s.manager.Status.Release, s.version = 4, "6.4.0", row.version
			setStatus(s, outcome.Classify(row.end))

			status := s.manager.Status
			g.Expect(status.ObservedGeneration).To(BeEquivalentTo(4))
			g.Expect(status.Release).To(Equal(row.release), "what was seen last stands while nothing else is seen")
			g.Expect(*meta.FindStatusCondition(status.Conditions, "Ready")).To(And(
				HaveField("Status", row.ready), HaveField("Reason", row.reason), HaveField("Message", row.message), HaveField("ObservedGeneration", BeEquivalentTo(4))))
			g.Expect(meta.IsStatusConditionTrue(status.Conditions, "Stalled")).To(Equal(row.reason == "InventoryLost"))
		})
	}
}

// What discovery found stands until there is news, and goes with discovery.
func TestSetDiscovered(t *testing.T) {
	g := NewWithT(t)
	s := newScope(newManager("https://manager"))
	condition := func() *metav1.Condition { return meta.FindStatusCondition(s.manager.Status.Conditions, "Discovered") }
	s.manager.Spec.Discovery = &v1alpha1.ManagerDiscovery{Namespace: "catalog"}
	setDiscovered(s)
	g.Expect(condition()).To(BeNil(), "nothing is known yet")
	for _, row := range []struct {
		finding *watch.Finding
		status  metav1.ConditionStatus
		reason  string
	}{
		{&watch.Finding{Reason: "NamespaceMissing", Message: "create it"}, "False", "NamespaceMissing"},
		{&watch.Finding{Good: true, Reason: "Discovered", Message: "3 blueprints"}, "True", "Discovered"},
		{nil, "True", "Discovered"},
	} {
		s.finding = row.finding
		setDiscovered(s)
		g.Expect(*condition()).To(And(HaveField("Status", row.status), HaveField("Reason", row.reason)))
	}
	s.manager.Spec.Discovery = nil
	setDiscovered(s)
	g.Expect(condition()).To(BeNil())
}

func TestKeysOf(t *testing.T) {
	g := NewWithT(t)
	g.Expect(keysOf(nil)).To(Equal("none"))
	g.Expect(keysOf(map[string][]byte{"b": []byte("secret"), "a": nil})).To(Equal("a, b"))
}

// stalledFor is a CloudifyManager that an earlier reconcile, maybe of an earlier process, left so.
func stalledFor(reason string, options ...func(*v1alpha1.CloudifyManager)) *v1alpha1.CloudifyManager {
	m := newManager("https://manager", options...)
	outcome.SetSummary(&m.Status.Conditions, 1, outcome.Outcome{Kind: outcome.Stalled, Reason: reason, Message: "6 of 8 deployments vanished"}, "")
	return m
}

// An outage while the inventory is lost, which an earlier process had found out, takes its message out of the status. A request
// that was made before it is there again accepts nothing.
func TestInventoryAfterAnOutage(t *testing.T) {
	g := NewWithT(t)
	m := newManager("https://manager", requested("tuesday"))
	outcome.SetSummary(&m.Status.Conditions, 1, outcome.Outcome{Kind: outcome.Retry, Reason: v1alpha1.ReasonManagerUnreachable, Message: "connection refused"}, "")
	r, s := newReconciler(t), newScope(m)
	r.Watcher.RestoreLost("default")
	g.Expect(r.inventory(t.Context(), s)).To(ends(outcome.Stalled, "InventoryLost", "deployments vanished", "set the annotation "+v1alpha1.RequestedAtAnnotation))
	_, _, still := r.Watcher.InventoryLost("default")
	g.Expect(still).To(BeTrue())
}

// Lost deployments hold everything back until somebody who has seen that asks to go on; a restart does not forget it.
func TestInventory(t *testing.T) {
	const lost = "InventoryLost"
	handled := func(m *v1alpha1.CloudifyManager) { m.Status.LastHandledRequest = "monday" }

	for _, row := range []struct {
		name    string
		manager *v1alpha1.CloudifyManager
		lost    bool
		goes    bool
	}{
		{"all is there", newManager("https://manager"), false, true},
		{"lost, as people know", stalledFor(lost), true, false},
		{"lost, and asked before it was known", stalledFor(lost, requested("monday"), handled), true, false},
		{"lost, and asked since", stalledFor(lost, requested("tuesday"), handled), true, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), newScope(row.manager)
			if row.lost {
				r.Watcher.RestoreLost("default")
			}
			err := r.inventory(t.Context(), s)

			_, _, still := r.Watcher.InventoryLost("default")
			g.Expect(still).To(Equal(!row.goes))
			if row.goes {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(ends(outcome.Stalled, lost, "6 of 8 deployments vanished"))
			}
			g.Expect(s.manager.Status.LastHandledRequest).To(Equal(v1alpha1.RequestedAt(row.manager)))
		})
	}
}
