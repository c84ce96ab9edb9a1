// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// informers notes which informers an operator starts, by kind.
type informers struct {
	mu    sync.Mutex
	kinds map[string][]string
}

func (i *informers) note(_ *rest.Config, options *ctrl.Options) {
	options.Cache.NewInformer = func(lists toolscache.ListerWatcher, o runtime.Object, resync time.Duration, indexers toolscache.Indexers) toolscache.SharedIndexInformer {
		gvk, err := apiutil.GVKForObject(o, env.Scheme)
		if err != nil {
			panic(err) // the operator knows the kinds that it watches
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		i.kinds[gvk.Kind] = append(i.kinds[gvk.Kind], fmt.Sprintf("%T", o))
		return toolscache.NewSharedIndexInformer(lists, o, resync, indexers)
	}
}

// A kind that is watched in two representations costs the API server and the memory twice, and a reader of one does not wait
// for what was written through the other.
func TestOneInformerAKind(t *testing.T) {
	started := informers{kinds: map[string][]string{}}
	o := newOperator(env.Namespace(t))
	o.adjust = started.note
	o.run(t)
	s := tellOf(t, o, discovering())
	s.upload("nodecellar")
	b := s.found("nodecellar")
	s.update(b, func() { b.Spec.Offering.Description = "mine" }) // which discovery puts right
	s.eventually(b, HaveField("Spec.Offering.Description", "What nodecellar is"))
	d := testenv.Deployment(s.name, "shop", "nodecellar", testenv.Inputs(map[string]any{"name": "x"}))
	s.create(d, s.binding())
	s.eventually(d, testenv.BeReady())
	s.delete(d)
	s.gone(d)

	started.mu.Lock()
	defer started.mu.Unlock()
	for _, kind := range []string{"CloudifyManager", "CloudifyBlueprint", "CloudifyDeployment", "CloudifyBinding", "CloudifyExecution", "Secret", "ConfigMap", "Namespace"} {
		s.Expect(started.kinds).To(HaveKeyWithValue(kind, HaveLen(1)))
		delete(started.kinds, kind)
	}
	s.Expect(started.kinds).To(BeEmpty())
}

// applications counts what discovery writes by server-side apply.
type applications struct {
	mu    sync.Mutex
	count int
}

type applicationCounter struct {
	*applications
	next http.RoundTripper
}

func (a applicationCounter) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Get("fieldManager") == "cloudify-operator-discovery" && r.Header.Get("Content-Type") == "application/apply-patch+yaml" {
		a.mu.Lock()
		a.count++
		a.mu.Unlock()
	}
	return a.next.RoundTrip(r)
}

// Discovery reads what it wrote, however late the watch brings it.
func TestDiscoveryReadsItsWrites(t *testing.T) {
	var applied applications
	o := newOperator(env.Namespace(t))
	o.adjust = func(config *rest.Config, options *ctrl.Options) {
		config.Wrap(func(next http.RoundTripper) http.RoundTripper { return applicationCounter{&applied, next} })
		for kind, by := range options.Cache.ByObject {
			if _, late := kind.(*v1alpha1.CloudifyBlueprint); late {
				by.Transform = func(o any) (any, error) {
					if o.(client.Object).GetName() == "nodecellar" {
						time.Sleep(2 * time.Second) // twice as long as it takes discovery to look again
					}
					return o, nil
				}
				options.Cache.ByObject[kind] = by
			}
		}
	}
	o.run(t)
	s := tellOf(t, o, discovering())
	s.upload("nodecellar")
	b := s.found("nodecellar")
	s.sim.LabelBlueprint("nodecellar", map[string][]string{"kind": {"wine"}})
	s.eventually(b, HaveField("Spec.Offering.Tags", HaveExactElements("kind:wine")))
	s.blueprintListsPass(5)
	applied.mu.Lock()
	defer applied.mu.Unlock()
	s.Expect(applied.count).To(Equal(1), "what it wrote should be known when it looks again")
}
