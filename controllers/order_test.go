// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"fmt"
	"slices"
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

// After a start, objects with work to do come before those that are as they should be.
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
	const idle = 8
	asked, doomed, spent := s.deployment("y-asked", nil), s.deployment("y-doomed", nil), blueprint("y-doomed")
	existing := []testenv.Object{s.deployment("bound", nil), asked, doomed, spent}
	for i := range idle {
		name := fmt.Sprintf("idle-%d", i)
		existing = append(existing, s.deployment(name, nil), blueprint(name), access(name))
	}
	for _, object := range existing {
		s.create(object)
	}
	for _, object := range existing {
		s.eventually(object, testenv.BeReady())
	}

	s.Expect(o.halt()).To(Succeed())
	s.ask(asked)
	s.delete(doomed, spent)
	s.create(s.deployment("z-new", nil), blueprint("z-new"), access("z-new"))
	o.looks.reset()
	s.Expect(o.start()).To(Succeed())
	for kind, unsettled := range map[client.Object][]string{
		&v1alpha1.CloudifyDeployment{}: {"y-asked", "y-doomed", "z-new"},
		&v1alpha1.CloudifyBlueprint{}:  {"y-doomed", "z-new"},
		&v1alpha1.CloudifyBinding{}:    {"z-new"},
	} {
		var order []string
		s.Eventually(func() []string {
			// Other reconciles read these too: bindings their deployment, deployments their blueprint.
			order = slices.DeleteFunc(o.looks.at(kind, s.name), func(name string) bool { return name == "bound" || name == "cellar" })
			return order
		}).Should(HaveLen(len(unsettled)+idle), "%T", kind)
		s.Expect(order[:len(unsettled)]).To(ConsistOf(unsettled), "%T: %v", kind, order)
	}
	s.gone(doomed, spent)
}
