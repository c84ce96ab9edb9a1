// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package outcome

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

const resync = 10 * time.Minute

// bench is a reporter, the object it reports on as stored, and what it wrote and announced.
type bench struct {
	Reporter
	stored *v1alpha1.CloudifyDeployment
	writes int
	fail   error
	events chan string
	logs   []string
}

func newBench(t *testing.T, before ...Outcome) *bench {
	t.Helper()
	scheme := runtime.NewScheme()
	NewWithT(t).Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	d := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cellar", Generation: 1}}
	for _, out := range before {
		SetSummary(&d.Status.Conditions, 1, out, "ready")
	}
	b := &bench{stored: d}
	store := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(d).WithObjects(d).WithInterceptorFuncs(interceptor.Funcs{
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
			b.writes++
			if b.fail != nil {
				return b.fail
			}
			return c.SubResource(sub).Patch(ctx, o, patch, opts...)
		},
	}).Build()
	NewWithT(t).Expect(store.Get(t.Context(), client.ObjectKeyFromObject(d), d)).To(Succeed())
	recorder := events.NewFakeRecorder(10)
	b.Reporter, b.events = Reporter{Client: store, Recorder: recorder, Resync: resync}, recorder.Events
	return b
}

// report ends a reconcile of the stored object with an outcome.
func (b *bench) report(t *testing.T, out Outcome) (ctrl.Result, error) {
	t.Helper()
	after := b.stored.DeepCopy()
	if out.Kind != Unchanged && out.Kind != Gone && out.Kind != Withheld {
		SetSummary(&after.Status.Conditions, after.Generation, out, "ready")
	}
	logger := funcr.New(func(_, line string) { b.logs = append(b.logs, line) }, funcr.Options{})
	return b.Report(ctrl.LoggerInto(t.Context(), logger), b.stored, after, out)
}

func (b *bench) announced() []string {
	close(b.events)
	var all []string
	for event := range b.events {
		all = append(all, event)
	}
	return all
}

var (
	done       = Outcome{Kind: Done, Reason: "Ready"}
	installing = Outcome{Kind: Waiting, Reason: "Installing", Message: "workflow install is started"}
	failed     = Outcome{Kind: Stalled, Reason: "InstallFailed", Message: "100 % of the quota is used"}
	unseen     = Outcome{Kind: Retry, Reason: "ManagerUnreachable", Message: "no route", Unseen: true, Err: errors.New("no route")}
)

func TestReportWritesAndAnnouncesChanges(t *testing.T) {
	further := installing
	further.Message = "workflow install is started, 1 of 3 operations are done"

	for _, row := range []struct {
		name   string
		before []Outcome
		out    Outcome
		writes int
		events []string
		logs   []string
	}{
		{"news of a new object", nil, installing, 1, []string{"Normal Installing workflow install is started"}, nil},
		{"no news", []Outcome{installing}, installing, 0, nil, nil},
		{"what is about to happen", nil, Outcome{Kind: Waiting, Reason: "Creating", Message: "asking the Manager"}, 1, nil, nil},
		{"what is over soon", nil, Outcome{Kind: Waiting, Reason: "Installing", Message: "workflow install is pending", Untold: true}, 0, nil, nil},
		{"news for the same reason", []Outcome{installing}, further, 1, nil, nil},
		{"ready at last", []Outcome{installing}, done, 1, []string{"Normal Ready ready"}, []string{`"level"=0 "msg"="Became ready"`}},
		{"failed", []Outcome{installing}, failed, 1, []string{"Warning InstallFailed 100 % of the quota is used"}, []string{`"level"=0 "msg"="Stalled" "reason"="InstallFailed"`}},
		{"still failed", []Outcome{failed}, failed, 0, nil, nil},
		{"not seen", []Outcome{installing}, unseen, 1, []string{"Warning ManagerUnreachable no route"}, nil},
		{"what waits for another object", []Outcome{installing}, Outcome{Kind: Waiting, Reason: "ManagerNotReady", Message: "not connected", Unseen: true}, 1,
			[]string{"Normal ManagerNotReady not connected"}, nil},
		{"what waits for somebody", []Outcome{installing}, Outcome{Kind: Waiting, Reason: "ReferenceMissing", Message: "no Secret shop/pw"}, 1,
			[]string{"Warning ReferenceMissing no Secret shop/pw"}, nil},
		{"nothing looked at", []Outcome{done}, Outcome{Kind: Unchanged}, 0, nil, nil},
		{"let go", []Outcome{installing}, Outcome{Kind: Gone}, 0, nil, nil},
		{"withheld", []Outcome{installing}, Outcome{Kind: Withheld, Err: errors.New("no proof")}, 0, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			b := newBench(t, row.before...)
			version := b.stored.ResourceVersion
			_, err := b.report(t, row.out)
			g.Expect(err).To(Or(BeNil(), BeIdenticalTo(row.out.Err)))

			var now v1alpha1.CloudifyDeployment
			g.Expect(b.Client.Get(t.Context(), client.ObjectKeyFromObject(b.stored), &now)).To(Succeed())
			g.Expect(b.writes).To(Equal(row.writes))
			g.Expect(now.ResourceVersion != version).To(Equal(row.writes > 0))
			g.Expect(b.announced()).To(Equal(row.events))
			g.Expect(b.logs).To(Equal(row.logs))
		})
	}
}

// A leader that was thawed after its lease ended must not overwrite what its successor found.
func TestReportDoesNotOverwriteWhatAnotherWrote(t *testing.T) {
	g := NewWithT(t)
	b := newBench(t)
	theirs := b.stored.DeepCopy()
	SetSummary(&theirs.Status.Conditions, 1, done, "ready")
	g.Expect(b.Client.Status().Update(t.Context(), theirs)).To(Succeed())

	_, err := b.report(t, failed)
	g.Expect(apierrors.IsConflict(err)).To(BeTrue(), "got %v", err)
	g.Expect(b.announced()).To(BeEmpty(), "what was not written is not announced")
	g.Expect(b.Client.Get(t.Context(), client.ObjectKeyFromObject(theirs), theirs)).To(Succeed())
	g.Expect(theirs.Status.Conditions).To(ContainElement(And(HaveField("Type", "Ready"), HaveField("Reason", "Ready"))))
}

func TestReportOfAnObjectThatIsGone(t *testing.T) {
	g := NewWithT(t)
	b := newBench(t)
	g.Expect(b.Client.Delete(t.Context(), b.stored.DeepCopy())).To(Succeed())

	result, err := b.report(t, failed)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result).To(Equal(ctrl.Result{}))
	g.Expect(b.announced()).To(BeEmpty())
}

// The patch error alone goes to the queue: the cause of a retry comes again by itself.
func TestReportOfAFailedWrite(t *testing.T) {
	g := NewWithT(t)
	b := newBench(t)
	b.fail = errors.New("the API server is away")

	_, err := b.report(t, unseen)
	g.Expect(err).To(MatchError(b.fail))
	g.Expect(err).To(MatchError(HavePrefix("patch status: ")))
	g.Expect(err).NotTo(MatchError(unseen.Err))
	g.Expect(b.announced()).To(BeEmpty())
}

func TestEventsAreBounded(t *testing.T) {
	g := NewWithT(t)
	b := newBench(t)
	_, err := b.report(t, Outcome{Kind: Stalled, Reason: "UploadFailed", Message: strings.Repeat("x", 3000)})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.TrimPrefix(b.announced()[0], "Warning UploadFailed ")).To(HaveLen(maxEventNote))
}

func TestWhenToLookAgain(t *testing.T) {
	slowly := And(BeNumerically(">=", resync-resync/5), BeNumerically("<=", resync))
	exactly := func(d time.Duration) OmegaMatcher { return Equal(d) }
	trouble := errors.New("trouble")

	for _, row := range []struct {
		name  string
		out   Outcome
		after OmegaMatcher
		err   error
	}{
		{"done", Outcome{Kind: Done}, slowly, nil},
		{"done until an hour", Outcome{Kind: Done, After: time.Hour}, slowly, nil},
		{"waiting", Outcome{Kind: Waiting}, slowly, nil},
		{"waiting a while", Outcome{Kind: Waiting, After: time.Second}, exactly(time.Second), nil},
		{"waiting as long as the resync", Outcome{Kind: Waiting, After: resync}, slowly, nil},
		{"stalled, with the safety net", Outcome{Kind: Stalled}, slowly, nil},
		{"unchanged", Outcome{Kind: Unchanged, After: time.Minute}, exactly(time.Minute), nil},
		{"retry by the queue's back-off", Outcome{Kind: Retry, Err: trouble}, exactly(0), trouble},
		{"retry when told", Outcome{Kind: Retry, Err: trouble, After: 7 * time.Second}, exactly(7 * time.Second), nil},
		{"let go", Outcome{Kind: Gone}, exactly(0), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			result, err := newBench(t).Report(t.Context(), &v1alpha1.CloudifyDeployment{}, &v1alpha1.CloudifyDeployment{}, row.out)
			g.Expect(result.RequeueAfter).To(row.after)
			if row.err == nil {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(BeIdenticalTo(row.err))
			}
		})
	}
}

func TestJitterSpreadsOverAFifth(t *testing.T) {
	g := NewWithT(t)
	least, most := resync, time.Duration(0)
	for range 1000 {
		d := jitter(resync)
		least, most = min(least, d), max(most, d)
	}
	g.Expect(least).To(And(BeNumerically(">=", resync*4/5), BeNumerically("<", resync*41/50)))
	g.Expect(most).To(And(BeNumerically("<=", resync), BeNumerically(">", resync*49/50)))
}

func TestTruncate(t *testing.T) {
	g := NewWithT(t)
	g.Expect(Truncate("", 10)).To(Equal(""))
	g.Expect(Truncate("0123456789", 10)).To(Equal("0123456789"))
	g.Expect(Truncate("0123456789a", 10)).To(Equal("0123456…"))
	for n := 3; n < 20; n++ {
		cut := Truncate("aéb字c🍷déèê", n)
		g.Expect(len(cut)).To(BeNumerically("<=", n))
		g.Expect(utf8.ValidString(cut)).To(BeTrue(), "%q", cut)
	}
}

func TestEnumerate(t *testing.T) {
	g := NewWithT(t)
	g.Expect(Enumerate(nil, 2)).To(Equal(""))
	g.Expect(Enumerate([]string{"a"}, 2)).To(Equal("a"))
	g.Expect(Enumerate([]string{"a", "b"}, 2)).To(Equal("a, b"))
	g.Expect(Enumerate([]string{"a", "b", "c", "d"}, 2)).To(Equal("a, b and 2 more"))
}

func TestTheQueueBacksOff(t *testing.T) {
	g := NewWithT(t)
	limiter := ControllerOptions(10, nil).RateLimiter
	var waits []time.Duration
	for range 12 {
		waits = append(waits, limiter.When(ctrl.Request{}))
	}
	g.Expect(waits[:3]).To(Equal([]time.Duration{time.Second, 2 * time.Second, 4 * time.Second}))
	g.Expect(waits[11]).To(Equal(5 * time.Minute))
}
