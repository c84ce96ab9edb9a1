// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// elected are the arguments of a replica; its lease is short, and not so short that a busy machine loses it.
var elected = []string{"--leader-elect", "--leader-elect-lease-duration=6s", "--leader-elect-renew-deadline=5s", "--leader-elect-retry-period=500ms"}

// frozenRow freezes the leader with the answer on its way that a change rests on.
type frozenRow struct {
	name string
	// until brings the story to where the next look leads to the change.
	until func(*frozenStory)
	// follows says whether a look that begins now leads to the change; nil: once the story says so.
	follows func(*frozenStory) bool
	// last is what is read last before the change, lastBefore the same on releases that do not name the latest execution, where it
	// differs; begin is what is read first, unless that is what a look at a deployment begins with.
	last, lastBefore, begin string
	// meanwhile is what people do while the leader is frozen.
	meanwhile func(*frozenStory)
	// over says whether the successor has nothing left to do; nil: the deployment is gone.
	over func(*frozenStory) bool
}

const (
	readBlueprint  = "GET blueprints/*"
	readExecutions = "GET executions" // of one deployment
	readDeployment = "GET deployments/*"
	readInstances  = "GET node-instances"
	readDependents = "GET deployments/inter-deployment-dependencies"
)

var frozenRows = []frozenRow{
	{name: "upload", until: (*frozenStory).order, begin: readBlueprint, last: readBlueprint, over: (*frozenStory).ready,
		follows: func(*frozenStory) bool { return true }},
	{name: "create", until: (*frozenStory).orderWhenUploaded, begin: readDeployment, last: readDeployment, meanwhile: (*frozenStory).remove},
	{name: "install", until: (*frozenStory).order, last: readDeployment, over: (*frozenStory).ready,
		follows: func(s *frozenStory) bool { return s.ended("create_deployment_environment") && !s.ended("install") }},
	{name: "update", until: func(s *frozenStory) { s.completed(); s.change("8081") }, last: readDeployment, lastBefore: readInstances,
		meanwhile: func(s *frozenStory) { s.change("8082") }, over: (*frozenStory).ready},
	{name: "cancel", until: func(s *frozenStory) {
		s.InstallSeconds = int(forever.Seconds())
		s.order()
		s.awaitWorkflow("install")
		s.doom()
	}, last: readExecutions, lastBefore: readDeployment},
	{name: "uninstall", until: func(s *frozenStory) { s.completed(); s.doom() }, last: readDependents},
	{name: "uninstall of what is let go meanwhile", until: func(s *frozenStory) { s.completed(); s.doom() }, last: readDependents,
		meanwhile: (*frozenStory).orphan},
	{name: "delete", until: func(s *frozenStory) { s.completed(); s.remove() }, last: readInstances,
		follows: func(s *frozenStory) bool { return s.ended("uninstall") }},
	{name: "delete of what is let go meanwhile", until: func(s *frozenStory) { s.completed(); s.remove() }, last: readInstances,
		follows: func(s *frozenStory) bool { return s.ended("uninstall") }, meanwhile: (*frozenStory).orphan},
}

// The leader is stopped right before each kind of change, and goes on when its successor has finished the work: it
// changes nothing any more, at any Manager, and ends.
func TestAFrozenLeaderChangesNothing(t *testing.T) {
	leader := startOperator(t, elected...)
	for _, release := range []string{"7.1", "5.2"} {
		successor := leader.freezeIn(t, release)
		if t.Failed() {
			return
		}
		leader = successor
	}
}

// freezeIn tells all rows with one freeze, and returns the new leader.
func (o *operator) freezeIn(t *testing.T, release string) (successor *operator) {
	var stories []*frozenStory
	for _, row := range frozenRows {
		stories = append(stories, newFrozenStory(t, o, release, row))
	}
	sideBySide := func(name string, tell func(*frozenStory)) {
		t.Run(release+" "+name, func(t *testing.T) {
			for _, s := range stories {
				t.Run(s.row.name, func(t *testing.T) {
					t.Parallel()
					tell(s.in(t))
				})
			}
		})
		if t.Failed() {
			t.FailNow()
		}
	}
	sideBySide("until the moment", func(s *frozenStory) {
		s.row.until(s)
		s.Eventually(s.held).Should(BeClosed(), "the moment never came")
	})
	successor = startOperator(t, elected...)
	o.pause(t)
	sideBySide("meanwhile", func(s *frozenStory) {
		if s.row.meanwhile != nil {
			s.row.meanwhile(s)
		}
		s.Eventually(func() bool { return s.row.over(s) }).Should(BeTrue(), "the successor should have done it: %v", s.manager.Changes())
		s.manager.ResetRequests()
	})

	for _, s := range stories {
		s.arrive()
	}
	o.resume()
	g := NewWithT(t)
	g.Expect(o.awaitEnd()).NotTo(Succeed(), "its exit status should say that something was wrong")
	g.Expect(o.output()).To(ContainSubstring("leadership lost: Lease"))
	for _, s := range stories {
		for _, r := range s.manager.Requests() {
			g.Expect(r.Method).To(Equal(http.MethodGet), "%s, %s: %s %s of the old leader arrived", release, s.row.name, r.Method, r.Path)
		}
	}
	return successor
}

// frozenStory is the story of one row.
type frozenStory struct {
	*story
	*frozenAnswer
	row frozenRow
}

// frozenAnswer is the answer that a change rests on, on its way for as long as the leader is frozen.
type frozenAnswer struct {
	// now tells that a look that begins now leads to the change.
	now atomic.Bool
	// held is closed when the answer is ready, and thaw when it may arrive.
	held, thaw chan struct{}

	mu           sync.Mutex
	looked, done bool
	onItsWay     sync.Once
}

// arrive lets the answer through.
func (a *frozenAnswer) arrive() { a.onItsWay.Do(func() { close(a.thaw) }) }

func newFrozenStory(t *testing.T, o *operator, release string, row frozenRow) *frozenStory {
	t.Helper()
	older := release == "5.2"
	if older && row.lastBefore != "" {
		row.last = row.lastBefore
	}
	switch {
	case row.begin != "":
	case older:
		row.begin = readExecutions
	default:
		row.begin = readDeployment
	}
	if row.over == nil {
		row.over = (*frozenStory).gone
	}
	s := &frozenStory{
		story: newStoryAt(t, o, simulator.Options{Release: release, TimeScale: timeScale}), row: row,
		frozenAnswer: &frozenAnswer{held: make(chan struct{}), thaw: make(chan struct{})},
	}
	s.door.around = s.around
	t.Cleanup(s.arrive)
	return s
}

// in is the same story, told by a part of the test.
func (s *frozenStory) in(t *testing.T) *frozenStory {
	part, told := *s, *s.story
	told.t, told.WithT = t, NewWithT(t)
	told.SetDefaultEventuallyTimeout(patience)
	told.SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	part.story = &told
	return &part
}

// around finds the answer and holds it.
func (s *frozenStory) around(asked string, r *http.Request) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	is := func(read string) bool {
		matches, _ := path.Match(read, asked)
		return matches && (read != readExecutions || r.URL.Query().Has("deployment_id"))
	}
	if is(s.row.begin) {
		s.looked = s.now.Load() || s.row.follows != nil && s.row.follows(s)
	}
	if !is(s.row.last) || !s.looked || s.done {
		return func() {}
	}
	s.done = true
	return func() {
		close(s.held)
		<-s.thaw
	}
}

// shop is a manifest that both releases take: 5.2 has neither DSL 1.4 nor hidden inputs.
func (s *frozenStory) shop() []byte {
	s.t.Helper()
	manifest := bytes.ReplaceAll(s.story.shop(), []byte("cloudify_dsl_1_4"), []byte("cloudify_dsl_1_3"))
	return regexp.MustCompile(`(?m)^ *hidden: true\n`).ReplaceAll(manifest, nil)
}

// order creates all that shop.yaml has.
func (s *frozenStory) order() { s.create(s.shop()) }

// orderWhenUploaded creates the deployment when its blueprint is ready, so that the first look leads to its creation.
func (s *frozenStory) orderWhenUploaded() {
	manifests := strings.Split(string(s.shop()), "\n---\n")
	last := len(manifests) - 1
	s.create([]byte(strings.Join(manifests[:last], "\n---\n")))
	b := &v1alpha1.CloudifyBlueprint{}
	s.Eventually(func() (*v1alpha1.CloudifyBlueprint, error) {
		return b, env.Client.Get(s.t.Context(), client.ObjectKey{Namespace: s.Name, Name: "shop"}, b)
	}).Should(testenv.BeReady())
	s.now.Store(true)
	s.create([]byte(manifests[last]))
}

func (s *frozenStory) completed() {
	s.order()
	s.awaitReady()
}

// ended reports whether an execution of a workflow is over.
func (s *frozenStory) ended(workflow string) bool {
	return slices.ContainsFunc(s.manager.Executions(""), func(e simulator.Execution) bool { return e.Workflow == workflow && !e.Active() })
}

// awaitWorkflow waits until the status speaks of a workflow; not every release tells its progress.
func (s *frozenStory) awaitWorkflow(workflow string) {
	s.t.Helper()
	s.Eventually(func() bool {
		d, err := s.deployment()
		return err == nil && d.Status.Execution != nil && d.Status.Execution.Workflow == workflow
	}).Should(BeTrue(), "%s should run", workflow)
}

// remove deletes the deployment's object.
func (s *frozenStory) remove() {
	s.t.Helper()
	d, err := s.deployment()
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(env.Client.Delete(s.t.Context(), d)).To(Succeed())
}

// doom is remove, where the next look leads to the change.
func (s *frozenStory) doom() {
	s.t.Helper()
	s.now.Store(true)
	s.remove()
}

// change asks for another port.
func (s *frozenStory) change(port string) {
	s.t.Helper()
	s.now.Store(true)
	s.patch(`{"spec":{"inputs":{"port":` + port + `}}}`)
}

// orphan lets the deployment go, at the Manager it stays.
func (s *frozenStory) orphan() {
	s.t.Helper()
	s.patch(`{"spec":{"deletionPolicy":"Orphan"}}`)
}

func (s *frozenStory) patch(merge string) {
	s.t.Helper()
	d, err := s.deployment()
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(env.Client.Patch(s.t.Context(), d, client.RawPatch(types.MergePatchType, []byte(merge)))).To(Succeed())
}

// ready reports whether the deployment is as its spec says.
func (s *frozenStory) ready() bool {
	d, err := s.deployment()
	return err == nil && d.IsReady() && d.Status.ObservedGeneration == d.Generation
}

func (s *frozenStory) gone() bool {
	_, err := s.deployment()
	return apierrors.IsNotFound(err)
}

// pause stops the process in the middle of whatever it does.
func (o *operator) pause(t *testing.T) {
	t.Helper()
	NewWithT(t).Expect(o.process.cmd.Process.Signal(syscall.SIGSTOP)).To(Succeed())
	t.Cleanup(o.resume)
}

// resume lets it go on.
func (o *operator) resume() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.process != nil {
		_ = o.process.cmd.Process.Signal(syscall.SIGCONT)
	}
}

// awaitEnd waits until the process ends by itself, and tells how it did.
func (o *operator) awaitEnd() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.process
	select {
	case <-p.gone:
		o.process = nil
		return p.err
	case <-time.After(patience):
		o.t.Errorf("it should have ended within %v", patience)
		return nil
	}
}
