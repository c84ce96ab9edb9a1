// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// store holds one deployment and counts the patches.
func store(t *testing.T, d *v1alpha1.CloudifyDeployment) (c client.Client, patches *int) {
	t.Helper()
	scheme := runtime.NewScheme()
	NewWithT(t).Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	patches = new(int)
	c = fake.NewClientBuilder().WithScheme(scheme).WithObjects(d).WithInterceptorFuncs(interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, patch client.Patch, opts ...client.PatchOption) error {
			*patches++
			return c.Patch(ctx, o, patch, opts...)
		},
	}).Build()
	return c, patches
}

// stored reads the deployment anew; nil when it is gone.
func stored(t *testing.T, c client.Client) *v1alpha1.CloudifyDeployment {
	t.Helper()
	var d v1alpha1.CloudifyDeployment
	err := c.Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "cellar"}, &d)
	if apierrors.IsNotFound(err) {
		return nil
	}
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return &d
}

func deployment(finalizers []string, annotations map[string]string) *v1alpha1.CloudifyDeployment {
	return &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cellar", Finalizers: finalizers, Annotations: annotations}}
}

func TestClaim(t *testing.T) {
	const theirs = "example.com/finalizer"
	for _, row := range []struct {
		name       string
		before     *v1alpha1.CloudifyDeployment
		patches    int
		finalizers []string
		manager    string
	}{
		{"a new object", deployment(nil, nil), 1, []string{v1alpha1.Finalizer}, "default"},
		{"one that others hold, too", deployment([]string{theirs}, map[string]string{"a": "b"}), 1, []string{theirs, v1alpha1.Finalizer}, "default"},
		{"a claimed one", deployment([]string{v1alpha1.Finalizer}, map[string]string{v1alpha1.ManagerAnnotation: "default"}), 0, []string{v1alpha1.Finalizer}, "default"},
		{"one that belongs to another Manager for good", deployment(nil, map[string]string{v1alpha1.ManagerAnnotation: "first"}), 1, []string{v1alpha1.Finalizer}, "first"},
		{"one whose annotation was taken away", deployment([]string{v1alpha1.Finalizer}, nil), 1, []string{v1alpha1.Finalizer}, "default"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			c, patches := store(t, row.before)
			d := stored(t, c)
			g.Expect(Claim(t.Context(), c, d, "default")).To(Succeed())

			g.Expect(*patches).To(Equal(row.patches), "finalizer and annotation come together")
			for _, o := range []*v1alpha1.CloudifyDeployment{d, stored(t, c)} {
				g.Expect(o.Finalizers).To(Equal(row.finalizers))
				g.Expect(o.Annotations).To(HaveKeyWithValue(v1alpha1.ManagerAnnotation, row.manager))
			}
		})
	}
}

func TestClaimKeepsItsHandsOffAChangedObject(t *testing.T) {
	g := NewWithT(t)
	c, _ := store(t, deployment(nil, nil))
	stale, changed := stored(t, c), stored(t, c)
	changed.Annotations = map[string]string{v1alpha1.ManagerAnnotation: "other"}
	g.Expect(c.Update(t.Context(), changed)).To(Succeed())

	err := Claim(t.Context(), c, stale, "default")
	g.Expect(apierrors.IsConflict(err)).To(BeTrue(), "got %v", err)
	g.Expect(err).To(MatchError(HavePrefix("claim for CloudifyManager default: ")))
}

func TestLetGo(t *testing.T) {
	for _, row := range []struct {
		name    string
		before  *v1alpha1.CloudifyDeployment
		patches int
		left    []string
	}{
		{"the last hold", deployment([]string{v1alpha1.Finalizer}, nil), 1, nil},
		{"one of two holds", deployment([]string{"example.com/finalizer", v1alpha1.Finalizer}, nil), 1, []string{"example.com/finalizer"}},
		{"none of ours", deployment([]string{"example.com/finalizer"}, nil), 0, []string{"example.com/finalizer"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			c, patches := store(t, row.before)
			g.Expect(c.Delete(t.Context(), row.before.DeepCopy())).To(Succeed())
			err := LetGo(t.Context(), c, stored(t, c))

			g.Expect(outcome.Classify(err).Kind).To(Equal(outcome.Gone))
			g.Expect(*patches).To(Equal(row.patches))
			if row.left == nil {
				g.Expect(stored(t, c)).To(BeNil())
			} else {
				g.Expect(stored(t, c).Finalizers).To(Equal(row.left))
			}
		})
	}
}

func TestLetGoOfAnObjectThatIsGone(t *testing.T) {
	g := NewWithT(t)
	c, _ := store(t, deployment(nil, nil))
	gone := deployment([]string{v1alpha1.Finalizer}, nil)
	gone.Name, gone.ResourceVersion = "gone", "1"
	g.Expect(outcome.Classify(LetGo(t.Context(), c, gone)).Kind).To(Equal(outcome.Gone))
}

func TestLetGoOfAChangedObject(t *testing.T) {
	g := NewWithT(t)
	c, _ := store(t, deployment([]string{v1alpha1.Finalizer}, nil))
	stale, changed := stored(t, c), stored(t, c)
	changed.Annotations = map[string]string{"a": "b"}
	g.Expect(c.Update(t.Context(), changed)).To(Succeed())

	err := LetGo(t.Context(), c, stale)
	g.Expect(apierrors.IsConflict(err)).To(BeTrue(), "got %v", err)
	g.Expect(stored(t, c).Finalizers).To(ConsistOf(v1alpha1.Finalizer))
}

// census answers for the poller.
type census bool

func (lost census) InventoryLost(string) (missing, known int, is bool) { return 6, 8, bool(lost) }

func TestLost(t *testing.T) {
	g := NewWithT(t)
	m := managerThat("True", "Ready")
	g.Expect(Lost(census(false), m.Name)).To(Succeed())

	out := outcome.Classify(Lost(census(true), m.Name))
	g.Expect(out).To(And(HaveField("Kind", outcome.Waiting), HaveField("Unseen", true), HaveField("Reason", "InventoryLost")))
	g.Expect(out.Message).To(And(ContainSubstring("CloudifyManager default"), ContainSubstring("cloudify.co/requested-at")))
}

func TestOnlyDeletions(t *testing.T) {
	g := NewWithT(t)
	g.Expect(OnlyDeletions.Create(event.CreateEvent{})).To(BeFalse())
	g.Expect(OnlyDeletions.Update(event.UpdateEvent{})).To(BeFalse())
	g.Expect(OnlyDeletions.Generic(event.GenericEvent{})).To(BeFalse())
	g.Expect(OnlyDeletions.Delete(event.DeleteEvent{})).To(BeTrue())
}

// A request wakes an object, and so does whoever takes the claim away; the claim itself does not.
func TestWhichAnnotationsWake(t *testing.T) {
	claimed := func(more ...string) map[string]string {
		annotations := map[string]string{v1alpha1.ManagerAnnotation: "default"}
		for _, key := range more {
			annotations[key] = "now"
		}
		return annotations
	}
	for name, row := range map[string]struct {
		was, is map[string]string
		wakes   bool
	}{
		"nothing":                {nil, nil, false},
		"claimed":                {nil, claimed(), false},
		"claimed, and requested": {nil, claimed(v1alpha1.RequestedAtAnnotation), true},
		"requested":              {claimed(), claimed(v1alpha1.RequestedAtAnnotation), true},
		"requested before":       {claimed(v1alpha1.RequestedAtAnnotation), claimed(v1alpha1.RequestedAtAnnotation), false},
		"another Manager":        {map[string]string{v1alpha1.ManagerAnnotation: "other"}, claimed(), true},
		"the claim taken away":   {claimed(), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			was, is := &v1alpha1.CloudifyDeployment{}, &v1alpha1.CloudifyDeployment{}
			was.Annotations, is.Annotations = row.was, row.is
			NewWithT(t).Expect(AnnotationsChanged.Update(event.UpdateEvent{ObjectOld: was, ObjectNew: is})).To(Equal(row.wakes))
		})
	}
}
