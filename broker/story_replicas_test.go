// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/store"
)

// heldBack is the client of a replica whose informers stopped hearing: it reads what there was when it was held.
type heldBack struct {
	client.Client
	deployments map[client.ObjectKey]*v1alpha1.CloudifyDeployment
	blueprints  map[client.ObjectKey]*v1alpha1.CloudifyBlueprint
	hears       atomic.Bool
}

// hold takes what there is now.
func (h *heldBack) hold(w *world) *heldBack {
	w.t.Helper()
	h.Client = current
	h.deployments, h.blueprints = map[client.ObjectKey]*v1alpha1.CloudifyDeployment{}, map[client.ObjectKey]*v1alpha1.CloudifyBlueprint{}
	for _, d := range w.objects() {
		h.deployments[client.ObjectKeyFromObject(&d)] = d.DeepCopy()
	}
	var blueprints v1alpha1.CloudifyBlueprintList
	w.Expect(env.Client.List(w.t.Context(), &blueprints)).To(Succeed())
	for _, b := range blueprints.Items {
		h.blueprints[client.ObjectKeyFromObject(&b)] = b.DeepCopy()
	}
	return h
}

func (h *heldBack) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if h.hears.Load() {
		return h.Client.Get(ctx, key, o, opts...)
	}
	switch o := o.(type) {
	case *v1alpha1.CloudifyDeployment:
		if d, ok := h.deployments[key]; ok {
			d.DeepCopyInto(o)
			return nil
		}
		return apierrors.NewNotFound(schema.GroupResource{Resource: "cloudifydeployments"}, key.Name)
	case *v1alpha1.CloudifyBlueprint:
		if b, ok := h.blueprints[key]; ok {
			b.DeepCopyInto(o)
			return nil
		}
		return apierrors.NewNotFound(schema.GroupResource{Resource: "cloudifyblueprints"}, key.Name)
	default:
		return h.Client.Get(ctx, key, o, opts...)
	}
}

func (h *heldBack) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	blueprints, ok := list.(*v1alpha1.CloudifyBlueprintList)
	if !ok || h.hears.Load() {
		return h.Client.List(ctx, list, opts...)
	}
	for _, b := range h.blueprints {
		blueprints.Items = append(blueprints.Items, *b.DeepCopy())
	}
	_, key := byKey(opts)
	pick(blueprints, key)
	return nil
}

// behind is a replica that hears nothing from now on.
func (w *world) behind() (*platform, *heldBack) {
	h := new(heldBack).hold(w)
	return w.replica(h), h
}

func state(t *testing.T, p *platform, operation string) osb.OperationState {
	t.Helper()
	op, err := p.InstanceOperation(t.Context(), &osb.PollRequest{InstanceID: "x", Operation: operation})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return op.State
}

func TestPollOfAReplicaThatHasNotHeardOfTheInstance(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late, _ := w.behind()
	answer, err := w.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	for _, operation := range []string{answer.Operation, "provision", ""} {
		w.Expect(state(t, late, operation)).To(Equal(osb.InProgress))
	}
	again, err := late.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(again.Operation).To(Equal(answer.Operation))
	_, err = late.Provision(t.Context(), w.put("x", "small", ``))
	w.Expect(err).To(MatchError(service.ErrConflict))

	w.applies("x")
	for _, operation := range []string{answer.Operation, "provision", ""} {
		w.Expect(state(t, late, operation)).To(Equal(osb.Succeeded))
	}
	shown, err := late.Instance(t.Context(), "x")
	w.Expect(err).NotTo(HaveOccurred(), "GET right after succeeded")
	w.Expect(shown.PlanID).To(Equal(w.plan("free")))
	final, err := late.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(final.Operation).To(BeEmpty(), "200")
	w.publishes("x", credentialsOfX)
	bound, err := late.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(bound.Credentials).To(Equal(credentialsOfX))
}

func TestIDReusedAfterDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.provision("x", "free", ``)
	late, _ := w.behind() // for it the first instance is there, and provisioned
	w.deprovisions()
	w.Expect(state(t, late, token("deprovision", first, 1))).To(Equal(osb.InProgress))
	w.Expect(state(t, late, "")).To(Equal(osb.InProgress))
	_, err := late.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).To(MatchError(service.ErrBusy))
	w.releases()
	w.Expect(state(t, late, token("deprovision", first, 1))).To(Equal(osb.Succeeded))
	w.Expect(state(t, late, "")).To(Equal(osb.Succeeded), "it saw it being deleted")
	_, err = late.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).To(MatchError(service.ErrGone))
	_, err = late.Instance(t.Context(), "x")
	w.Expect(err).To(MatchError(service.ErrNotFound))
	_, err = late.Update(t.Context(), w.patch("x", "", ``))
	w.Expect(err).To(MatchError(service.ErrNotFound))

	answer, err := late.Provision(t.Context(), w.put("x", "small", ``))
	w.Expect(err).NotTo(HaveOccurred())
	second := w.object("x")
	w.Expect(answer.Operation).To(Equal(token("provision", second, 1)))
	w.Expect(state(t, late, answer.Operation)).To(Equal(osb.InProgress))
	w.Expect(state(t, late, "")).To(Equal(osb.InProgress))
	w.Expect(state(t, late, token("deprovision", first, 1))).To(Equal(osb.Succeeded))
	w.Expect(late.Unbind(t.Context(), unbind("b"))).To(MatchError(service.ErrGone))
}

// A replica writes by what it has in its cache, and the API server refuses that if it is old: no answer rests on it.
func TestWritesOfAReplicaThatIsBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.bound()
	late, _ := w.behind() // for it the instance stays as it was made, and has its outputs
	w.updates(w.patch("x", "", `{"size":2}`))
	gone, err := late.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(gone.Operation).To(Equal(token("deprovision", first, 2)), "the update came before")

	_, err = late.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).To(MatchError(service.ErrBusy), "it is being deleted")
	w.releases()
	_, err = late.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).To(MatchError(service.ErrNotFound))
	w.Expect(w.bindings()).To(BeEmpty())

	w.Expect(env.Client.Delete(t.Context(), w.secret("x-outputs"))).To(Succeed())
	second := w.provision("x", "free", ``)
	w.publishes("x", map[string]any{"username": "another"})
	bound, err := late.Bind(t.Context(), w.bind("x", "b", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(bound).To(Equal(&osb.BindResponse{Created: true, Credentials: map[string]any{"username": "another"}}))
	w.Expect(w.bindingObject("b").OwnerReferences).To(ConsistOf(HaveField("UID", second.UID)))
	gone, err = late.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(gone.Operation).To(Equal(token("deprovision", second, 1)))
}

func TestPatchThereAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "free", `{"region":"east"}`)
	late, _ := w.behind() // for it the instance has region east, by operation 1
	there := w.updates(w.patch("x", "", `{"region":"west"}`))
	w.Expect(state(t, late, there)).To(Equal(osb.InProgress))
	w.applies("x")
	w.Expect(state(t, late, there)).To(Equal(osb.Succeeded))

	back, err := late.Update(t.Context(), w.patch("x", "", `{"region":"east"}`))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(back.Operation).To(Equal(token("update", d, 3)), "a change, though its cache says east")
	w.Expect(w.inputs()).To(MatchJSON(`{"region":"east"}`))
	w.Expect(state(t, late, back.Operation)).To(Equal(osb.InProgress))
	_, err = late.Instance(t.Context(), "x")
	w.Expect(err).To(MatchError(service.ErrBusy))
	w.applies("x")
	w.Expect(state(t, late, back.Operation)).To(Equal(osb.Succeeded))
	shown, err := late.Instance(t.Context(), "x")
	w.Expect(err).NotTo(HaveOccurred(), "GET right after succeeded")
	w.Expect(string(shown.Parameters["region"])).To(Equal(`"east"`))
}

// A failure that was tried again is not a failure, however old the cache.
func TestPollOfAReplicaThatSawTheFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.stalls(v1alpha1.ReasonInstallFailed)
	late, _ := w.behind()
	w.edit(func(d *v1alpha1.CloudifyDeployment) {
		d.Annotations = map[string]string{v1alpha1.RequestedAtAnnotation: "now"}
	})
	w.Expect(state(t, late, token("provision", w.object("x"), 1))).To(Equal(osb.InProgress))
	w.Expect(state(t, late, "")).To(Equal(osb.InProgress))
}

// The platform read the catalog from one replica, and asks the other: no refusal rests on what that one has not heard yet.
func TestRefusalsWaitForTheCatalog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late, h := w.behind()
	w.authors(func(o *v1alpha1.Offering) { o.Plans[0].MaintenanceInfo.Version = "1.1.0" })
	r := w.put("x", "small", ``)
	r.MaintenanceInfo = &osb.MaintenanceInfo{Version: "1.1.0"}
	go func() {
		time.Sleep(300 * time.Millisecond)
		h.hears.Store(true)
	}()
	_, err := late.Provision(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())

	// One that never catches up says that it cannot tell, and not that there is no such plan.
	deaf, _ := w.behind()
	w.authors(func(o *v1alpha1.Offering) { o.Description = "newer" })
	deaf.patience = 500 * time.Millisecond
	_, err = deaf.Provision(t.Context(), w.put("y", "huge", ``))
	w.Expect(err).To(MatchError(service.ErrUnavailable))
}

// away is an API server that does not answer.
type away struct {
	client.Client
	down atomic.Bool
}

var errAway = errors.New("connection refused")

func (a *away) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if a.down.Load() {
		return errAway
	}
	return a.Client.Get(ctx, key, o, opts...)
}

func (a *away) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	if a.down.Load() {
		return errAway
	}
	return a.Client.List(ctx, list, opts...)
}

func (a *away) Create(ctx context.Context, o client.Object, opts ...client.CreateOption) error {
	if a.down.Load() {
		return errAway
	}
	return a.Client.Create(ctx, o, opts...)
}

func (a *away) Patch(ctx context.Context, o client.Object, p client.Patch, opts ...client.PatchOption) error {
	if a.down.Load() {
		return errAway
	}
	return a.Client.Patch(ctx, o, p, opts...)
}

func (a *away) Delete(ctx context.Context, o client.Object, opts ...client.DeleteOption) error {
	if a.down.Load() {
		return errAway
	}
	return a.Client.Delete(ctx, o, opts...)
}

// The API server away: a cache still answers, but nothing is promised, and the next try works.
func TestTheAPIServerAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bound()
	server := &away{Client: env.Client}
	s := serve(t, service.New(store.New(&cachedAway{away: server}, server, w.namespace)))
	poll := func() error {
		_, err := s.InstanceOperation(t.Context(), &osb.PollRequest{InstanceID: "gone"})
		return err
	}
	requests := map[string]func() error{
		"provision": func() error { _, err := s.Provision(t.Context(), w.put("y", "small", ``)); return err },
		"replay":    func() error { _, err := s.Provision(t.Context(), w.put("x", "free", ``)); return err },
		"update":    func() error { _, err := s.Update(t.Context(), w.patch("x", "", `{"size":1}`)); return err },
		"delete":    func() error { _, err := s.Deprovision(t.Context(), w.delete("x")); return err },
		"get":       func() error { _, err := s.Instance(t.Context(), "x"); return err },
		"bind":      func() error { _, err := s.Bind(t.Context(), w.bind("x", "b", ``)); return err },
		"unbind":    func() error { return s.Unbind(t.Context(), unbind("b")) },
		"poll":      poll,
	}
	server.down.Store(true)
	for name, request := range requests {
		w.Expect(request()).To(MatchError(service.ErrUnavailable), name)
	}
	w.Expect(state(t, s, token("provision", w.object("x"), 1))).To(Equal(osb.Succeeded), "the cache has it")
	w.Expect(w.objects()).To(HaveLen(1))
	w.Expect(w.bindings()).To(BeEmpty())

	server.down.Store(false)
	for _, name := range []string{"provision", "replay", "get", "bind", "unbind", "update", "delete"} {
		w.Expect(requests[name]()).To(Succeed(), name)
	}
	w.Expect(poll()).To(MatchError(service.ErrNotFound))
}

// cachedAway reads from a cache, which does not mind that the API server is away.
type cachedAway struct{ *away }

func (c *cachedAway) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	return current.Get(ctx, key, o, opts...)
}

func (c *cachedAway) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	return current.List(ctx, list, opts...)
}

// A namespace that does not exist is nothing the platform can help.
func TestWithoutTheNamespace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := serve(t, service.New(store.New(current, env.Client, "nowhere")))
	_, err := s.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).To(MatchError(service.ErrUnavailable))
}

// The operator restarted between PUT and poll.
func TestRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer, err := w.Provision(t.Context(), w.put("x", "free", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(state(t, w.replica(current), answer.Operation)).To(Equal(osb.InProgress))
	w.applies("x")
	w.Expect(state(t, w.replica(current), answer.Operation)).To(Equal(osb.Succeeded))
}

// full is an API server that takes no Secret.
type full struct{ client.Client }

func (f full) Create(ctx context.Context, o client.Object, opts ...client.CreateOption) error {
	if _, secret := o.(*corev1.Secret); secret {
		return apierrors.NewInvalid(schema.GroupKind{Kind: "Secret"}, o.GetName(), nil)
	}
	return f.Client.Create(ctx, o, opts...)
}

// What is created is never refused: the platform would not delete it. Told that it could not be answered, it does.
func TestNoRefusalAfterCreation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.put("x", "small", `{"password":"s3cret-p4ss"}`)
	_, err := w.replica(full{current}).Provision(t.Context(), r)
	w.Expect(err).To(MatchError(service.ErrUnavailable))
	w.Expect(errors.As(err, new(*service.InvalidError))).To(BeFalse())
	w.Expect(w.objects()).To(HaveLen(1))
	_, err = w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	w.releases()
	_, err = w.Provision(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(w.secrets()).To(ContainElement(HaveKeyWithValue("password", "s3cret-p4ss")))
}

// overtaken is the client of a replica that pauses between an object and its Secret.
type overtaken struct {
	client.Client
	meanwhile func()
}

func (o overtaken) Create(ctx context.Context, object client.Object, opts ...client.CreateOption) error {
	if _, ok := object.(*corev1.Secret); ok {
		o.meanwhile()
	}
	return o.Client.Create(ctx, object, opts...)
}

// Two requests that differ in a secret alone are told apart by the Secret: who comes late to it has lost, even if it created
// the object. It must not be told to delete what is the other's now.
func TestTheSecretIsTheLockOfSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slow := w.replica(overtaken{current, func() {
		_, err := w.Provision(t.Context(), w.put("x", "free", `{"password":"s3cret-b"}`))
		w.Expect(err).NotTo(HaveOccurred())
	}})
	_, err := slow.Provision(t.Context(), w.put("x", "free", `{"password":"s3cret-a"}`))
	w.Expect(err).To(MatchError(service.ErrConflict))
	w.Expect(w.secret(w.object("x").Spec.OSB.ParametersSecret).Data).To(HaveKeyWithValue("password", []byte("s3cret-b")))
}
