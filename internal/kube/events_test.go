// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// A process that ends has written what it recorded, up to its last moment.
func TestTheLastEventsAreWritten(t *testing.T) {
	g := NewWithT(t)
	namespace := env.Namespace(t)
	options := kube.View{Namespace: namespace}.ManagerOptions()
	options.Metrics.BindAddress, options.HealthProbeBindAddress = "0", "0"
	mgr, err := ctrl.NewManager(env.RestConfig, options)
	g.Expect(err).NotTo(HaveOccurred())
	mgrWithEvents, err := kube.WithEvents(mgr)
	g.Expect(err).NotTo(HaveOccurred())

	var about corev1.Namespace
	g.Expect(mgr.GetAPIReader().Get(t.Context(), client.ObjectKey{Name: namespace}, &about)).To(Succeed())
	about.Namespace = namespace // where its events go
	r := mgrWithEvents.GetEventRecorder("test")
	for i := range 50 {
		r.Eventf(&about, nil, corev1.EventTypeNormal, fmt.Sprintf("Reason%d", i), "Act", "it happened")
	}
	mgrWithEvents.Close()

	var written eventsv1.EventList
	g.Expect(mgr.GetAPIReader().List(t.Context(), &written, client.InNamespace(namespace))).To(Succeed())
	g.Expect(len(written.Items)).To(Equal(50))
}
