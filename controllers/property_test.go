// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// TestRandomSequences lets people edit specs, meddle at the Manager, lose its answers, take it away and restart the operator,
// as a seed says. Whatever they did: once they leave it alone, the Manager holds exactly what the objects ask for, and
// never worked twice at once on a deployment, nor ran a workflow twice that was to run once.
//
// They run from seed CLOUDIFY_SEED on, CLOUDIFY_SEQUENCES of them. A seed fixes what is done; how far the operator has come at
// each step is never the same twice.
func TestRandomSequences(t *testing.T) {
	t.Parallel()
	first, count := number(t, "CLOUDIFY_SEED", 1), number(t, "CLOUDIFY_SEQUENCES", 20)
	for seed := first; seed < first+count; seed++ {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			q := newSequence(t, seed)
			q.begin()
			for i := range stepsOfSequence {
				// Each step has a source of its own: what one finds does not change what later ones are.
				q.step(i, rand.New(rand.NewPCG(seed, uint64(i)))) //nolint:gosec // it is to be repeated
			}
			q.settle()
			q.check()
			q.leave()
		})
	}
}

const stepsOfSequence = 20

// number is that of an environment variable.
func number(t *testing.T, name string, unset uint64) uint64 {
	t.Helper()
	text, ok := os.LookupEnv(name)
	if !ok {
		return unset
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// sequence is a story made up by a seed: one Manager, one blueprint, a few objects and an operator of its own.
type sequence struct {
	*story
	slots []*slot
	// blueprint has the content of this version.
	blueprint *v1alpha1.CloudifyBlueprint
	version   int
	// halted and down count the steps until the operator is started again, and until the Manager is back.
	halted, down int
	// strangers are the executions that others started, by deployment.
	strangers map[string][]intrusion
	// workflows are the CloudifyExecutions that there ever were.
	workflows []*workflow
	witness   witness
}

// slot is a name that objects may have, one after the other.
type slot struct {
	name   string
	wanted bool
	// object is the present one, nil when there is none.
	object *v1alpha1.CloudifyDeployment
	// password is how often its Secret was changed.
	password int
	// kept is the revision that it was seen Ready with since it has been told to keep it, "" otherwise; moved: another
	// revision was requested at some time.
	kept  string
	moved bool
	// ever are the deployments that the objects of this name had.
	ever []string
	// asked is when a retry was last requested after the sequence, tries how often.
	asked time.Time
	tries int
}

func newSequence(t *testing.T, seed uint64) *sequence {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to run this sequence alone: CLOUDIFY_SEED=%d CLOUDIFY_SEQUENCES=1 make test-long", seed)
		}
	})
	q := &sequence{story: newStory(t, startOperator(t, quickArrival)), strangers: map[string][]intrusion{}}
	for _, name := range []string{"red", "green", "blue"} {
		q.slots = append(q.slots, &slot{name: name})
	}
	return q
}

// begin is what every sequence begins with: a connection, a blueprint, and objects that are wanted.
func (q *sequence) begin() {
	q.t.Helper()
	q.t.Cleanup(func() { // whatever happens, the objects must be let go
		if q.operator.stop == nil {
			q.Expect(q.operator.start()).To(Succeed())
		}
	})
	q.create(q.manager)
	q.watch()
	q.blueprint = testenv.Blueprint(q.name, "cellar", testenv.At(q.name), testenv.Inline(q.content(0)))
	q.create(q.blueprint)
	for _, at := range q.slots {
		at.wanted = true
		q.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: q.name, Name: at.name}, Data: at.secret()})
	}
	q.tend()
}

// content is a version of the blueprint. Versions differ in the default of an input.
func (q *sequence) content(version int) map[string]string {
	return cellar(q.t, "default: 8080", fmt.Sprintf("default: %d", 8080+version), "A cellar in two parts", fmt.Sprintf("version %d", version))
}

// secret is what the Secret of a slot holds. Nobody may ever see it outside of the Manager's inputs.
func (at *slot) secret() map[string][]byte {
	return map[string][]byte{"password": fmt.Appendf(nil, "%s-%04d", hidden, at.password)}
}

// tend creates the objects that are wanted as soon as their names are free, collects the garbage that Kubernetes would, and
// notes the revisions that are to be kept.
func (q *sequence) tend() {
	q.t.Helper()
	q.noteWorkflows()
	for _, at := range q.slots {
		if at.object != nil && !q.exists(at.object) {
			q.collect(at.object)
			q.collectWorkflows(at.object.UID)
			at.object, at.kept, at.moved = nil, "", false
		}
		if at.object == nil && at.wanted {
			at.object = q.deployment(at.name, map[string]any{"port": 9000, "install_seconds": 5 * len(at.ever)}, at.fed)
			q.create(at.object)
			at.ever = append(at.ever, remoteID(at.object))
		}
		if d := at.object; d != nil && at.kept == "" && d.IsReady() && !d.FollowsLatest() {
			at.kept = d.Status.BlueprintID
		}
	}
}

// fed takes a password from the slot's Secret.
func (at *slot) fed(d *v1alpha1.CloudifyDeployment) {
	d.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "password", SecretKeyRef: &v1alpha1.KeyReference{Name: at.name, Key: "password"}}}
}

// exists reads an object, and reports whether it is there.
func (q *sequence) exists(o client.Object) bool {
	q.t.Helper()
	uid := o.GetUID()
	err := env.Client.Get(q.t.Context(), client.ObjectKeyFromObject(o), o)
	q.Expect(client.IgnoreNotFound(err)).To(Succeed())
	return err == nil && o.GetUID() == uid
}

// collect deletes the Secret that an object which is gone owned.
func (q *sequence) collect(owner *v1alpha1.CloudifyDeployment) {
	q.t.Helper()
	var secret corev1.Secret
	err := env.Client.Get(q.t.Context(), types.NamespacedName{Namespace: q.name, Name: owner.OutputsSecretName()}, &secret)
	q.Expect(client.IgnoreNotFound(err)).To(Succeed())
	if err == nil && metav1.IsControlledBy(&secret, owner) {
		q.delete(&secret)
	}
}

// within waits until something holds, for a limited time.
func (q *sequence) within(limit time.Duration, holds func() bool) {
	_ = wait.PollUntilContextTimeout(q.t.Context(), limit/50, limit, true, func(context.Context) (bool, error) { return holds(), nil })
}

// intrusion is somebody else's start of an execution, between two requests of the operator.
type intrusion struct{ after, before int }

// intrude does something at the Manager, as a stranger.
func (q *sequence) intrude(d *v1alpha1.CloudifyDeployment, do func(id string) error) error {
	after := q.sim.RequestCount("")
	err := do(remoteID(d))
	q.strangers[remoteID(d)] = append(q.strangers[remoteID(d)], intrusion{after, q.sim.RequestCount("")})
	return err
}

// excused reports whether two executions of a deployment may have run at once: the Manager accepts an update whatever runs,
// so the operator's update can meet what a stranger started after the operator had looked.
func (q *sequence) excused(id string) bool {
	looked := 0
	for i, r := range q.sim.Requests() {
		switch {
		case r.Route == "GET executions" && r.Query.Get("deployment_id") == id:
			looked = i
		case r.Route == updateRoute && r.Path == "/api/v3.1/deployment-updates/"+id+"/update/initiate":
			for _, stranger := range q.strangers[id] {
				if stranger.before > looked && stranger.after <= i {
					return true
				}
			}
		}
	}
	return false
}

const updateRoute = "POST deployment-updates/{id}/update/initiate"

// active are the executions that run on an object's deployment.
func (q *sequence) active(d *v1alpha1.CloudifyDeployment) (running []simulator.Execution) {
	for _, e := range q.sim.Executions(remoteID(d)) {
		if e.Active() {
			running = append(running, e)
		}
	}
	return running
}
