// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// looks notes which objects an operator read, in the order in which it first did: a reconcile begins with that.
type looks struct {
	mu    sync.Mutex
	times map[look]int
	order []look
}

// look is at an object of a kind.
type look struct {
	kind string
	key  client.ObjectKey
}

// noted is a client that notes what it reads.
func (l *looks) noted(c client.Client) client.Client { return looker{c, l} }

type looker struct {
	client.Client
	looks *looks
}

func (l looker) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	l.looks.note(look{fmt.Sprintf("%T", o), key})
	return l.Client.Get(ctx, key, o, opts...)
}

func (l *looks) note(first look) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.times[first] == 0 {
		l.order = append(l.order, first)
	}
	l.times[first]++
}

func (l *looks) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times, l.order = map[look]int{}, nil
}

// total returns how often objects of a kind were read in a namespace.
func (l *looks) total(kind client.Object, namespace string) (times int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for first, n := range l.times {
		if first.kind == fmt.Sprintf("%T", kind) && first.key.Namespace == namespace {
			times += n
		}
	}
	return times
}

// at returns the objects of a kind that were read in a namespace; Secrets of other stories also wake an operator, in theirs.
func (l *looks) at(kind client.Object, namespace string) (names []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, first := range l.order {
		if first.kind == fmt.Sprintf("%T", kind) && first.key.Namespace == namespace {
			names = append(names, first.key.Name)
		}
	}
	return names
}

// After a start, objects with work to do come before those that are as they should be, or that failed and were told so.
func TestUnsettledObjectsComeFirstAfterARestart(t *testing.T) {
	o := startOperator(t, func(o *controllers.Options) { o.Concurrency = 1 })
	s := tellOf(t, o)
	s.blueprint()
	blueprint := func(name string) *v1alpha1.CloudifyBlueprint {
		return testenv.Blueprint(s.name, name, testenv.At(s.name), testenv.Inline(s.cellar()))
	}
	access := func(name string) *v1alpha1.CloudifyBinding {
		b := s.binding()
		b.Name, b.Spec.SecretName, b.Spec.DeploymentRef.Name = name, "credentials-"+name, "bound"
		return b
	}
	const idle, failed = 8, 4
	asked, doomed, spent := s.deployment("y-asked", nil), s.deployment("y-doomed", nil), blueprint("y-doomed")
	existing := []testenv.Object{s.deployment("bound", nil), asked, doomed, spent}
	for i := range idle {
		name := fmt.Sprintf("idle-%d", i)
		existing = append(existing, s.deployment(name, nil), blueprint(name), access(name))
	}
	var spoilt []testenv.Object
	for i := range failed {
		name := fmt.Sprintf("failed-%d", i)
		b := blueprint(name)
		testenv.Inline(map[string]string{"blueprint.yaml": "none"})(b)
		spoilt = append(spoilt, s.deployment(name, map[string]any{"unknown": "input"}), b)
	}
	for _, object := range slices.Concat(existing, spoilt) {
		s.create(object)
	}
	for _, object := range existing {
		s.eventually(object, testenv.BeReady())
	}
	for _, object := range spoilt {
		s.eventually(object, Or(testenv.BeStalled(v1alpha1.ReasonInvalidInputs, "unknown"), testenv.BeStalled(v1alpha1.ReasonUploadFailed)))
	}

	s.Expect(o.halt()).To(Succeed())
	s.ask(asked)
	s.delete(doomed, spent)
	s.create(s.deployment("z-new", nil), blueprint("z-new"), access("z-new"))
	o.looks.reset()
	s.Expect(o.start()).To(Succeed())
	for kind, expected := range map[client.Object]struct {
		first []string
		idle  int
	}{
		&v1alpha1.CloudifyDeployment{}: {[]string{"y-asked", "y-doomed", "z-new"}, idle + failed},
		&v1alpha1.CloudifyBlueprint{}:  {[]string{"y-doomed", "z-new"}, idle + failed},
		&v1alpha1.CloudifyBinding{}:    {[]string{"z-new"}, idle},
	} {
		var order []string
		s.Eventually(func() []string {
			// Other reconciles read these too: bindings their deployment, deployments their blueprint.
			order = slices.DeleteFunc(o.looks.at(kind, s.name), func(name string) bool { return name == "bound" || name == "cellar" })
			return order
		}).Should(HaveLen(len(expected.first)+expected.idle), "%T", kind)
		s.Expect(order[:len(expected.first)]).To(ConsistOf(expected.first), "%T: %v", kind, order)
	}
	s.gone(doomed, spent)
}

// While the operator was down somebody ran a workflow on each deployment, so that at the start all line up to be looked at again. New ones
// that come then are all begun while most of the others wait; these come to their turn too.
func TestNewOnesAreBegunBeforeIdleOnesAreReadAgain(t *testing.T) {
	t.Parallel()
	const idle, fresh = 20, 12
	o := startOperator(t)
	s := newStory(t, o)
	s.abandoned = true
	s.manager.Spec.RateLimit = &v1alpha1.ManagerRateLimit{InFlight: 1}
	known, reached, goOn := map[string]bool{}, make(chan struct{}), make(chan struct{})
	var first sync.Once
	s.manager.Spec.Endpoint = testenv.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && known[path.Base(r.URL.Path)] {
			first.Do(func() { close(reached); <-goOn })
		}
		s.sim.ServeHTTP(w, r)
	}))
	s.connect()
	s.blueprint()
	model := s.installed("shop-0")
	s.Expect(o.halt()).To(Succeed())
	s.fillWith(idle, model)
	for _, d := range s.sim.Deployments() {
		known[d.ID] = true
		_, err := s.sim.StartExecution(d.ID, "execute_operation", map[string]any{"operation": "cloudify.interfaces.lifecycle.start"})
		s.Expect(err).NotTo(HaveOccurred())
	}
	s.afterForever()
	s.sim.ResetRequests()
	s.allAreLookedAt(idle)
	s.Eventually(reached).Should(BeClosed())
	for i := range fresh {
		s.create(s.deployment(fmt.Sprintf("new-%d", i), nil))
	}
	s.Eventually(func() []string { return o.looks.at(&v1alpha1.CloudifyDeployment{}, s.name) }).Should(HaveLen(idle + fresh))
	close(goOn)

	var whenBegun int
	s.Eventually(func() int {
		begun, read := 0, map[string]bool{}
		for _, r := range s.sim.Requests() {
			switch id := path.Base(r.Path); {
			case strings.HasPrefix(r.Route, "PUT deployments"):
				if begun++; begun == fresh {
					whenBegun = len(read)
				}
			case r.Method == http.MethodGet && known[id]:
				read[id] = true
			}
		}
		return len(read)
	}).WithTimeout(3 * patience).Should(Equal(idle))
	t.Logf("%d of %d idle ones were read when %d new ones were begun", whenBegun, idle, fresh)
	s.Expect(whenBegun).To(BeNumerically("<", idle/2))
	s.Expect(s.changes("PUT deployments")).To(HaveLen(fresh + 1))
}
