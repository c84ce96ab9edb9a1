// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

const resync = 10 * time.Minute

// scope is one reconcile of a binding that is stored.
type scope struct {
	before, binding *v1alpha1.CloudifyBinding
	// turns are what the reconcile did, in order.
	turns []string
	// listed is what the next phase relies on.
	listed leadership.Moment
	// left is what the phases came to when the reconcile left the Manager.
	left error
}

func (s *scope) turn(name string) { s.turns = append(s.turns, name) }

// ends is a phase that ends so.
func ends(name string, err error) Phase[*scope] {
	return func(_ context.Context, s *scope) error {
		s.turn(name)
		return err
	}
}

// newReconciler has all turns, and a phase that ends so between two that end well; write is what the API server says to the
// status.
func newReconciler(t *testing.T, end, write error) (Reconciler[*scope], *scope) {
	t.Helper()
	scheme := runtime.NewScheme()
	NewWithT(t).Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	b := &v1alpha1.CloudifyBinding{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cellar", Generation: 1}}
	s := &scope{binding: b}
	c := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(b).WithObjects(b).WithInterceptorFuncs(interceptor.Funcs{
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
			s.turn("write")
			if write != nil {
				return write
			}
			return c.SubResource(sub).Patch(ctx, o, patch, opts...)
		},
	}).Build()
	NewWithT(t).Expect(c.Get(t.Context(), client.ObjectKeyFromObject(b), b)).To(Succeed())
	s.before = b.DeepCopy()
	return Reconciler[*scope]{
		Brief:  []Phase[*scope]{ends("claim", nil), ends("observe", end)},
		Phases: []Phase[*scope]{ends("act", nil)},
		Leave: func(s *scope, err error) {
			s.turn("leave")
			s.left = err
		},
		Status: func(s *scope, out outcome.Outcome) {
			s.turn("status")
			if out.Kind != outcome.Unchanged {
				outcome.SetSummary(&s.binding.Status.Conditions, 1, out, "ready")
			}
		},
		Complete: func(_ context.Context, s *scope) error { s.turn("complete"); return nil },
		Objects:  func(s *scope) (before, after outcome.Object) { return s.before, s.binding },
		Reporter: outcome.Reporter{Client: c, Recorder: events.NewFakeRecorder(10), Resync: resync},
		Afterwards: func(_ context.Context, s *scope, out outcome.Outcome, err error) {
			s.turn("afterwards")
			if out.Said(err) {
				s.turn("announce")
			}
		},
	}, s
}

// Every reconcile is this story, whatever it comes to; the turns it leaves out follow from how it ends.
func TestTurns(t *testing.T) {
	trouble, unwritten := errors.New("trouble"), errors.New("the API server is away")
	ended := func(turns ...string) []string { return append([]string{"claim", "observe", "leave"}, turns...) }

	for _, row := range []struct {
		name       string
		end, write error
		turns      []string
		err        error
		after      time.Duration // at most
	}{
		{"all phases went well", nil, nil, []string{"claim", "observe", "act", "leave", "status", "complete", "write", "afterwards", "announce"}, nil, resync},
		{"one waits", outcome.WaitFor(time.Second, "Uploading", ""), nil, ended("status", "complete", "write", "afterwards", "announce"), nil, time.Second},
		{"one is in trouble", trouble, nil, ended("status", "complete", "write", "afterwards", "announce"), trouble, 0},
		{"only a new spec helps", outcome.Stall("Invalid", ""), nil, ended("status", "complete", "write", "afterwards", "announce"), nil, resync},
		{"the status is true already", outcome.Settled(time.Minute), nil, ended("status", "complete", "afterwards", "announce"), nil, time.Minute},
		{"the object is let go", outcome.LetGo(), nil, ended("afterwards"), nil, 0},
		{"a change is not permitted", leadership.RefusedError("too old"), nil, ended("afterwards"), leadership.RefusedError("too old"), 0},
		{"the status is not written", outcome.Stall("Invalid", ""), unwritten, ended("status", "complete", "write", "afterwards"), unwritten, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t, row.end, row.write)
			result, err := r.Reconcile(t.Context(), s)
			g.Expect(s.turns).To(Equal(row.turns))
			if row.end == nil {
				g.Expect(s.left).NotTo(HaveOccurred())
			} else {
				g.Expect(s.left).To(MatchError(row.end))
			}
			if row.err == nil {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(MatchError(row.err))
			}
			g.Expect(result.RequeueAfter).To(And(BeNumerically("<=", row.after), BeNumerically(">=", row.after*4/5)))
		})
	}
}

// What could not be said is tried again by the queue, once the rest is written.
func TestAnIncompleteStatusIsWrittenAllTheSame(t *testing.T) {
	g := NewWithT(t)
	r, s := newReconciler(t, outcome.Wait("Uploading", ""), nil)
	unread := errors.New("the list is not there")
	r.Complete = func(context.Context, *scope) error { return unread }

	_, err := r.Reconcile(t.Context(), s)
	g.Expect(err).To(MatchError(unread))
	g.Expect(s.turns).To(ContainElements("write", "announce"))
}

// A kind may know better what an end means.
func TestOutcomeOfTheKind(t *testing.T) {
	g := NewWithT(t)
	r, s := newReconciler(t, errors.New("no route"), nil)
	r.Outcome = func(*scope, error) outcome.Outcome {
		return outcome.Outcome{Kind: outcome.Unchanged, After: time.Minute}
	}

	result, err := r.Reconcile(t.Context(), s)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.RequeueAfter).To(Equal(time.Minute))
	g.Expect(s.turns).NotTo(ContainElement("write"))
}

// A kind without a status has phases, an outcome and a queue.
func TestAKindWithoutStatus(t *testing.T) {
	g := NewWithT(t)
	for _, row := range []struct {
		end    error
		result OmegaMatcher
	}{
		{outcome.LetGo(), Equal(ctrl.Result{})},
		{outcome.WaitFor(time.Second, "Confirming", ""), HaveField("RequeueAfter", time.Second)},
		{nil, HaveField("RequeueAfter", BeNumerically(">=", resync*4/5))},
	} {
		s := &scope{}
		result, err := Reconciler[*scope]{
			Phases: []Phase[*scope]{ends("act", row.end)}, Reporter: outcome.Reporter{Resync: resync},
		}.Reconcile(t.Context(), s)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(result).To(row.result)
		g.Expect(s.turns).To(Equal([]string{"act"}))
	}
}

// The deadline is shared by the brief phases, and does not bind those that follow.
func TestBriefPhasesShareADeadline(t *testing.T) {
	g := NewWithT(t)
	var deadlines []time.Time
	note := func(ctx context.Context, _ *scope) error {
		deadline, _ := ctx.Deadline()
		deadlines = append(deadlines, deadline)
		return nil
	}
	_, err := Reconciler[*scope]{Brief: []Phase[*scope]{note, note}, Phases: []Phase[*scope]{note}}.Reconcile(t.Context(), &scope{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(deadlines[0]).To(BeTemporally("~", time.Now().Add(outcome.Deadline), time.Second))
	g.Expect(deadlines[1]).To(Equal(deadlines[0]))
	g.Expect(deadlines[2]).To(BeZero())
}

// A change that relies on what was read earlier is as old as that, be it the last of the brief phases that found it out.
func TestWhatFollowsIsAsOldAsWhatItRestsOn(t *testing.T) {
	g := NewWithT(t)
	proof := leadership.Alone()
	var allowed []error
	ask := func(ctx context.Context, _ *scope) error {
		allowed = append(allowed, proof.MayBegin(ctx))
		return nil
	}
	list := func(_ context.Context, s *scope) error {
		s.listed = leadership.Now() - leadership.Moment(time.Minute)
		return nil
	}
	_, err := Reconciler[*scope]{
		Brief: []Phase[*scope]{ask, list, ask}, Phases: []Phase[*scope]{ask},
		RestsOn: func(s *scope) leadership.Moment { return s.listed },
	}.Reconcile(proof.Observe(t.Context()), &scope{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(allowed).To(HaveExactElements(Succeed(), MatchError(ContainSubstring("observation made 1m0s ago")), MatchError(ContainSubstring("observation made 1m0s ago"))))
}
