// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// slowWrites is a client whose writes to the status of one object wait.
type slowWrites struct {
	client.Client
	of             string
	begun, proceed chan struct{}
}

func (c slowWrites) Status() client.SubResourceWriter { return slowStatus{c.Client.Status(), c} }

type slowStatus struct {
	client.SubResourceWriter
	slowWrites slowWrites
}

func (s slowStatus) Patch(ctx context.Context, o client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
	if o.GetName() == s.slowWrites.of {
		close(s.slowWrites.begun)
		<-s.slowWrites.proceed
	}
	return s.SubResourceWriter.Patch(ctx, o, patch, opts...)
}

// An API server that is slow to write one status holds up no other offering.
func TestOfferingsAreDecidedSideBySide(t *testing.T) {
	g := NewWithT(t)
	blueprint := func(name string) *v1alpha1.CloudifyBlueprint {
		return &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Spec: v1alpha1.CloudifyBlueprintSpec{
			Offering: &v1alpha1.Offering{}, AllowedNamespaces: &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll},
		}}
	}
	r := newReconciler(t, blueprint("slow"), blueprint("quick"))
	slow := slowWrites{r.Client, "slow", make(chan struct{}), make(chan struct{})}
	r.Reporter.Client = slow
	reconciled := func(name string) chan error {
		ended := make(chan error, 1)
		go func() {
			var b v1alpha1.CloudifyBlueprint
			err := r.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: name}, &b)
			if err == nil {
				_, err = r.Reconcile(t.Context(), &b)
			}
			ended <- err
		}()
		return ended
	}
	waits := reconciled("slow")
	g.Eventually(slow.begun).WithTimeout(time.Minute).Should(BeClosed())
	g.Eventually(reconciled("quick")).WithTimeout(10 * time.Second).Should(Receive(Succeed()))
	close(slow.proceed)
	g.Eventually(waits).WithTimeout(time.Minute).Should(Receive(Succeed()))
}
