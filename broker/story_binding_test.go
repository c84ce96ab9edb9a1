// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/store"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

func (w *world) bindings() []v1alpha1.CloudifyBinding {
	w.t.Helper()
	var list v1alpha1.CloudifyBindingList
	w.Expect(env.Client.List(w.t.Context(), &list, client.InNamespace(w.namespace))).To(Succeed())
	return list.Items
}

func (w *world) bindingObject(binding string) *v1alpha1.CloudifyBinding {
	w.t.Helper()
	var b v1alpha1.CloudifyBinding
	key := types.NamespacedName{Namespace: w.namespace, Name: store.BindingName("x", binding)}
	w.Expect(env.Client.Get(w.t.Context(), key, &b)).To(Succeed())
	return &b
}

// bound provisions an instance with outputs.
func (w *world) bound() *v1alpha1.CloudifyDeployment {
	w.t.Helper()
	w.provision("x", "free", ``)
	w.publishes("x", credentialsOfX)
	return w.object("x")
}

var credentialsOfX = map[string]any{"host": "db.example.com", "port": json.Number("5432"), "password": "s3cret"}

func unbind(binding string) *osb.UnbindRequest {
	return &osb.UnbindRequest{InstanceID: "x", BindingID: binding, ServiceID: "s", PlanID: "p"}
}

func TestBind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.bound()
	r := w.bind("x", "b", `{"role":"reader","nothing":null}`)
	r.Context = json.RawMessage(`{"platform":"kubernetes"}`)
	answer, err := w.Bind(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(answer).To(Equal(&osb.BindResponse{Created: true, Credentials: credentialsOfX}))

	b := w.bindingObject("b")
	w.Expect(b.Spec.DeploymentRef.Name).To(Equal(d.Name))
	w.Expect(b.Spec.SecretName).To(Equal(b.Name))
	w.Expect(b.Spec.OSB).To(Equal(&v1alpha1.ServiceBinding{InstanceID: "x", BindingID: "b", ServiceID: w.serviceID(), PlanID: w.plan("free")}))
	w.Expect(b.Finalizers).To(BeEmpty())
	w.Expect(b.OwnerReferences).To(ConsistOf(HaveField("UID", d.UID)))
	w.Expect(b.Annotations).To(HaveKey(v1alpha1.OSBContextAnnotation))
	w.Expect(text(t, b)).NotTo(ContainSubstring("s3cret"))

	again, err := w.Bind(t.Context(), w.bind("x", "b", `{"role":"reader"}`))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(again).To(Equal(&osb.BindResponse{Credentials: credentialsOfX}))
	for name, different := range map[string]*osb.BindRequest{
		"parameters": w.bind("x", "b", `{"role":"writer"}`), "none": w.bind("x", "b", ``),
		"plan": {InstanceID: "x", BindingID: "b", ServiceID: w.serviceID(), PlanID: w.plan("small"), Parameters: r.Parameters},
	} {
		_, err := w.Bind(t.Context(), different)
		w.Expect(err).To(MatchError(service.ErrConflict), name)
	}

	shown, err := w.Binding(t.Context(), "x", "b")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(shown).To(Equal(&osb.Binding{Credentials: credentialsOfX, Parameters: map[string]json.RawMessage{"role": json.RawMessage(`"reader"`)}}))
	_, err = w.Binding(t.Context(), "x", "c")
	w.Expect(err).To(MatchError(service.ErrNotFound))

	w.Expect(w.Unbind(t.Context(), unbind("b"))).To(Succeed())
	w.Expect(w.Unbind(t.Context(), unbind("b"))).To(MatchError(service.ErrGone))
	_, err = w.Binding(t.Context(), "x", "b")
	w.Expect(err).To(MatchError(service.ErrNotFound))
	op, err := w.BindingOperation(t.Context(), &osb.PollRequest{InstanceID: "x", BindingID: "b"})
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(op.State).To(Equal(osb.Succeeded))
}

func TestBindRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).To(MatchError(service.ErrNotFound))
	_, err = w.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	_, err = w.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).To(MatchError(service.ErrBusy), "provisioning")
	w.applies("x")
	w.publishes("x", credentialsOfX)

	otherService := w.bind("x", "b", ``)
	otherService.ServiceID = "other"
	unknownPlan := w.bind("x", "b", ``)
	unknownPlan.PlanID = "unknown"
	for _, r := range []*osb.BindRequest{otherService, unknownPlan} {
		var invalid *service.InvalidError
		_, err = w.Bind(t.Context(), r)
		w.Expect(errors.As(err, &invalid)).To(BeTrue(), "%v", err)
	}
	w.authors(func(o *v1alpha1.Offering) { o.Bindable = new(false) })
	_, err = w.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).To(MatchError("the service offering is not bindable"))

	w.deprovisions()
	_, err = w.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).To(MatchError(service.ErrBusy), "deleting")
	w.Expect(w.bindings()).To(BeEmpty())
}

// Parallel binds of one instance are normal, and so are replays.
func TestParallelBinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bound()
	var created int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			answer, err := w.Bind(t.Context(), w.bind("x", []string{"a", "b", "c", "d"}[i%4], ``))
			w.Expect(err).NotTo(HaveOccurred())
			w.Expect(answer.Credentials).To(Equal(credentialsOfX))
			mu.Lock()
			defer mu.Unlock()
			if answer.Created {
				created++
			}
		})
	}
	all.Wait()
	w.Expect(created).To(Equal(4))
	w.Expect(w.bindings()).To(HaveLen(4))
}

func TestBindBeforeTheOutputsAreThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", ``)

	r := w.bind("x", "async", ``)
	r.AcceptsIncomplete = true
	answer, err := w.Bind(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	b := w.bindingObject("async")
	w.Expect(answer.Operation).To(Equal("bind." + string(b.UID) + ".1"))
	w.Expect(answer.Credentials).To(BeNil())
	again, err := w.Bind(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(again.Operation).To(Equal(answer.Operation))
	poll := func(operation string) *osb.LastOperation {
		op, err := w.BindingOperation(t.Context(), &osb.PollRequest{InstanceID: "x", BindingID: "async", Operation: operation})
		w.Expect(err).NotTo(HaveOccurred())
		return op
	}
	for _, operation := range []string{answer.Operation, "bind", "", token("provision", w.object("x"), 1)} {
		w.Expect(poll(operation)).To(HaveValue(And(HaveField("State", osb.InProgress), HaveField("RetryAfter", Not(BeZero())))))
	}
	_, err = w.Binding(t.Context(), "x", "async")
	w.Expect(err).To(MatchError(service.ErrNotFound), "bind is running")

	w.service.BindPatience = 100 * time.Millisecond
	_, err = w.Bind(t.Context(), w.bind("x", "sync", ``))
	w.Expect(err).To(MatchError(service.ErrUnavailable))
	w.Expect(w.bindings()).To(HaveLen(1), "what this request created is gone")
	_, err = w.Bind(t.Context(), w.bind("x", "async", ``))
	w.Expect(err).To(MatchError(service.ErrUnavailable))
	w.Expect(w.bindings()).To(HaveLen(1), "what another request created stays")

	w.service.BindPatience = 30 * time.Second
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer, err := w.Bind(t.Context(), w.bind("x", "sync", ``))
		w.Expect(err).NotTo(HaveOccurred())
		w.Expect(answer).To(Equal(&osb.BindResponse{Created: true, Credentials: credentialsOfX}))
	}()
	w.Eventually(w.bindings).Should(HaveLen(2))
	w.publishes("x", credentialsOfX)
	w.Eventually(done, 10*time.Second).Should(BeClosed())

	for range 3 {
		w.Expect(poll(answer.Operation)).To(Equal(&osb.LastOperation{State: osb.Succeeded}))
		_, err = w.Binding(t.Context(), "x", "async")
		w.Expect(err).NotTo(HaveOccurred(), "as soon as it succeeded")
	}
	w.Expect(w.Unbind(t.Context(), unbind("async"))).To(Succeed())
	w.Expect(poll(answer.Operation).State).To(Equal(osb.Failed))
	w.Expect(poll("unbind").State).To(Equal(osb.Succeeded))
}

// A bind that waits for outputs never gets those of another instance, which has the ID by then.
func TestBindWaitsForItsOwnInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", ``)
	w.service.BindPatience = 30 * time.Second
	done := make(chan error, 1)
	go func() { done <- failure(w.Bind(t.Context(), w.bind("x", "b", ``))) }()
	w.Eventually(w.bindings).Should(HaveLen(1))
	w.deprovisions()
	w.releases()
	w.bound()
	w.Eventually(done, 10*time.Second).Should(Receive(Or(MatchError(service.ErrBusy), MatchError(service.ErrNotFound))))
	w.Expect(w.bindings()).To(BeEmpty())
}

// A binding whose credentials were written once succeeded, whatever becomes of the offering.
func TestBindingThatSucceededOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bound()
	_, err := w.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).NotTo(HaveOccurred())
	b := w.bindingObject("b")
	b.Status.Binding = &v1alpha1.LocalObjectReference{Name: b.Name}
	meta.SetStatusCondition(&b.Status.Conditions, metav1.Condition{Type: v1alpha1.ReadyCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady})
	w.Expect(env.Client.Status().Update(t.Context(), b)).To(Succeed())
	w.authors(func(o *v1alpha1.Offering) {
		o.Binding = &v1alpha1.BindingTemplate{Keys: []v1alpha1.BindingKey{{Name: "user", Capability: "username"}}}
	})
	op, err := w.BindingOperation(t.Context(), &osb.PollRequest{InstanceID: "x", BindingID: "b", Operation: "bind." + string(b.UID) + ".1"})
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(op.State).To(Equal(osb.Succeeded))
}

func TestBindWithATemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.authors(func(o *v1alpha1.Offering) {
		o.Binding = &v1alpha1.BindingTemplate{Type: "postgresql", Keys: []v1alpha1.BindingKey{{Name: "uri", Template: "postgres://{{ .host }}:{{ .port }}/{{ .database }}"}}}
	})
	w.bound()
	_, err := w.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).To(MatchError(service.ErrUnavailable))
	w.Expect(w.bindings()).To(BeEmpty())
	w.authors(func(o *v1alpha1.Offering) { o.Binding.Keys[0].Template = "postgres://{{ .host }}:{{ .port }}/" })
	answer, err := w.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(answer.Credentials).To(And(HaveKeyWithValue("uri", "postgres://db.example.com:5432/"), HaveKeyWithValue("type", "postgresql")))
}

// The Manager away, or an update that fails: what is provisioned can be bound.
func TestBindWhileTheInstanceIsNotReady(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bound()
	w.updates(w.patch("x", "", `{"size":2}`))
	_, err := w.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).NotTo(HaveOccurred(), "updating")
	w.stalls(v1alpha1.ReasonUpdateFailed)
	_, err = w.Bind(t.Context(), w.bind("x", "c", ``))
	w.Expect(err).NotTo(HaveOccurred(), "broken")
}

// Bindings are the instance's own, so Kubernetes' garbage collector deletes them when it is gone; there is none here. Until then
// they have no credentials to give and can be unbound, and the deletion waits for none of them.
func TestBindingsGoWithTheInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.bound()
	for _, id := range []string{"1", "2"} {
		_, err := w.Bind(t.Context(), w.bind("x", id, ``))
		w.Expect(err).NotTo(HaveOccurred())
	}
	owned := HaveField("OwnerReferences", ConsistOf(metav1.OwnerReference{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: "CloudifyDeployment", Name: d.Name, UID: d.UID,
	}))
	w.Expect(w.bindings()).To(And(HaveLen(2), HaveEach(owned)))

	operation := w.deprovisions()
	withoutInstance := func(id string) {
		t.Helper()
		_, err := w.Binding(t.Context(), "x", id)
		w.Expect(err).To(MatchError(service.ErrNotFound))
		op, err := w.BindingOperation(t.Context(), &osb.PollRequest{InstanceID: "x", BindingID: id})
		w.Expect(err).NotTo(HaveOccurred())
		w.Expect(op.State).To(Equal(osb.Failed), "it has no credentials any more")
		w.Expect(w.Unbind(t.Context(), unbind(id))).To(Succeed())
		w.Expect(w.Unbind(t.Context(), unbind(id))).To(MatchError(service.ErrGone))
	}
	withoutInstance("1")
	_, err := w.Bind(t.Context(), w.bind("x", "3", ``))
	w.Expect(err).To(MatchError(service.ErrBusy))
	w.Expect(w.poll("x", operation).State).To(Equal(osb.InProgress))
	w.releases()
	w.Expect(w.poll("x", operation).State).To(Equal(osb.Succeeded))
	withoutInstance("2")
}

// However many bindings there are, the deletion of their instance is answered as quickly as without any. CLOUDIFY_BINDINGS says
// how many (make scale).
func TestDeprovisionWaitsForNoBinding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.bound()
	requests := &counter{Client: env.Client}
	kept := store.New(current, requests, w.namespace)
	many, err := strconv.Atoi(cmp.Or(os.Getenv("CLOUDIFY_BINDINGS"), "30"))
	w.Expect(err).NotTo(HaveOccurred())
	for i := range many {
		b := &v1alpha1.CloudifyBinding{Spec: v1alpha1.CloudifyBindingSpec{
			DeploymentRef: v1alpha1.LocalObjectReference{Name: d.Name},
			OSB:           &v1alpha1.ServiceBinding{InstanceID: "x", BindingID: fmt.Sprint(i), ServiceID: "s", PlanID: "p"},
		}}
		w.Expect(kept.CreateBinding(t.Context(), d, b)).To(Succeed())
	}
	begun := time.Now()
	_, err = service.New(kept).Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	t.Logf("deprovision of an instance with %d bindings: %v", many, time.Since(begun).Round(time.Millisecond))
	w.Expect(w.bindings()).To(HaveLen(many), "they go when it is gone")
	w.Expect(requests.deleted).To(Equal(1), "the instance")
}

// counter counts deletions.
type counter struct {
	client.Client
	deleted int
}

func (c *counter) Delete(ctx context.Context, o client.Object, options ...client.DeleteOption) error {
	c.deleted++
	return c.Client.Delete(ctx, o, options...)
}

// A binding that outlived its instance is none of the next one of that ID.
func TestBindingOfAnEarlierInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bound()
	_, err := w.Bind(t.Context(), w.bind("x", "b", `{"role":"reader"}`))
	w.Expect(err).NotTo(HaveOccurred())
	before := w.bindingObject("b")
	w.Expect(env.Client.Delete(t.Context(), w.object("x"))).To(Succeed())
	w.releases()
	w.Expect(env.Client.Delete(t.Context(), w.secret("x-outputs"))).To(Succeed())
	w.bound()
	_, err = w.Binding(t.Context(), "x", "b")
	w.Expect(err).To(MatchError(service.ErrNotFound))
	answer, err := w.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(answer.Created).To(BeTrue())
	w.Expect(w.bindingObject("b").UID).NotTo(Equal(before.UID))
}

func TestRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bound()
	w.provision("y", "free", ``)
	w.publishes("y", credentialsOfX)
	for _, id := range []string{"x", "y"} {
		_, err := w.Bind(t.Context(), w.bind(id, id+"-first", `{"role":"reader"}`))
		w.Expect(err).NotTo(HaveOccurred())
	}
	rotate := func(predecessor string) (*osb.BindResponse, error) {
		return w.Bind(t.Context(), &osb.BindRequest{InstanceID: "x", BindingID: "x-second", PredecessorBindingID: predecessor})
	}
	_, err := rotate("x-first")
	w.Expect(err).To(MatchError(ContainSubstring("cannot be rotated")))
	w.authors(func(o *v1alpha1.Offering) { o.Binding = &v1alpha1.BindingTemplate{Rotatable: true} })
	for _, unknown := range []string{"y-first", "never"} {
		_, err = rotate(unknown)
		w.Expect(err).To(MatchError(ContainSubstring("predecessor_binding_id")))
	}
	answer, err := rotate("x-first")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(answer).To(Equal(&osb.BindResponse{Created: true, Credentials: credentialsOfX}))
	again, err := rotate("x-first")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(again.Created).To(BeFalse())
	_, err = w.Bind(t.Context(), w.bind("x", "x-second", `{"role":"reader"}`))
	w.Expect(err).To(MatchError(service.ErrConflict), "no successor")
	shown, err := w.Binding(t.Context(), "x", "x-second")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(shown.Parameters).To(HaveKey("role"))
	_, err = w.Binding(t.Context(), "x", "x-first")
	w.Expect(err).NotTo(HaveOccurred(), "both stay valid")
	w.Expect(w.Unbind(t.Context(), unbind("x-first"))).To(Succeed())
	_, err = w.Binding(t.Context(), "x", "x-second")
	w.Expect(err).NotTo(HaveOccurred())
}

// A Secret of the outputs' name that is not the deployment's own tells nothing.
func TestOutputsOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", ``)
	w.Expect(env.Client.Create(t.Context(), testenv.Credentials(w.namespace, "x-outputs", "somebody", "else"))).To(Succeed())
	d := w.object("x")
	d.Status.Binding = &v1alpha1.LocalObjectReference{Name: "x-outputs"}
	w.Expect(env.Client.Status().Update(t.Context(), d)).To(Succeed())
	r := w.bind("x", "b", ``)
	r.AcceptsIncomplete = true
	answer, err := w.Bind(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(answer.Credentials).To(BeNil())
}
