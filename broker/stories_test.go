// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/store"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
	"github.com/cloudify-operator/cloudify-operator/internal/catalog"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// Stories test what a platform gets over HTTP from the endpoint over a real API server. They play the platform, the
// controllers, which they do by writing status, and people with kubectl.

var env *testenv.Environment

// Fuzzing runs many processes, and none of them needs a control plane.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.fuzz").Value.String() != "" {
		os.Exit(m.Run())
	}
	testenv.Main(stories{m}, &env)
}

// current is the client of the operator, with a cache that is never behind: replicas that are not about caches share it.
var current client.Client

// upToDate reads from the API server what its client would read from the cache.
type upToDate struct {
	client.Client
	live client.Reader
}

func (c upToDate) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	return c.live.Get(ctx, key, o, opts...)
}

func (c upToDate) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	opts, key := byKey(opts)
	err := c.live.List(ctx, list, opts...)
	pick(list, key)
	return err
}

// byKey takes from the options of a list the value of an index, which only a cache has.
func byKey(opts []client.ListOption) (others []client.ListOption, key string) {
	for _, o := range opts {
		fields, indexed := o.(client.MatchingFields)
		if !indexed {
			others = append(others, o)
		}
		for _, value := range fields {
			key = value
		}
	}
	return others, key
}

// pick leaves the blueprints that are offered under a key, if there is one.
func pick(list client.ObjectList, key string) {
	if blueprints, ok := list.(*v1alpha1.CloudifyBlueprintList); ok && key != "" {
		blueprints.Items = slices.DeleteFunc(blueprints.Items, func(b v1alpha1.CloudifyBlueprint) bool {
			return !b.IsOffered() || !slices.Contains(catalog.Keys(b.Status.Offering), key)
		})
	}
}

// stories are the tests of broker, with the manager around them whose client is current.
type stories struct{ *testing.M }

func (s stories) Run() int {
	broker.UseEnvironment(env)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	mgr, err := newManager(env.RestConfig, "default")
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		return 1
	}
	current = upToDate{mgr.GetClient(), mgr.GetAPIReader()}
	stopped := make(chan error, 1)
	go func() { stopped <- mgr.Start(ctx) }()
	code := s.M.Run()
	stop()
	if err := <-stopped; err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		return 1
	}
	return code
}

// newManager has the cache and the client of an operator in a namespace.
func newManager(config *rest.Config, namespace string) (ctrl.Manager, error) {
	options := kube.View{Namespace: namespace}.ManagerOptions()
	options.Metrics.BindAddress, options.HealthProbeBindAddress = "0", "0"
	return ctrl.NewManager(config, options)
}

const cellarSchema = `{
	"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "additionalProperties": false,
	"properties": {
		"region": {"type": "string", "enum": ["east", "west"]},
		"size": {"type": "integer", "minimum": 1, "maximum": 5},
		"server": {"type": "object"},
		"password": {"type": "string", "format": "password"},
		"keys": {"type": "array", "format": "password"}
	}}`

// world is a namespace of service instances with an offering of its own.
type world struct {
	Gomega
	t         *testing.T
	namespace string
	// platform asks the first replica.
	*platform
	blueprint *v1alpha1.CloudifyBlueprint
	// passed is how far the clock of the replicas is ahead.
	passed atomic.Int64
}

func newWorld(t *testing.T) *world {
	w := &world{Gomega: NewWithT(t), t: t, namespace: env.Namespace(t)}
	w.platform = w.replica(current)
	manager := testenv.Manager(w.namespace, "http://manager.example.com", func(m *v1alpha1.CloudifyManager) {
		m.Spec.Console = &v1alpha1.ManagerConsole{URL: "https://console.example.com/console/"}
	})
	w.Expect(env.Client.Create(t.Context(), manager)).To(Succeed())
	w.offer()
	return w
}

// replica is one that has its own view of the API server.
func (w *world) replica(cached client.Client) *platform {
	w.t.Helper()
	s := service.New(store.New(cached, upToDate{cached, env.Client}, w.namespace))
	s.Now = func() time.Time { return time.Now().Add(time.Duration(w.passed.Load())) }
	return serve(w.t, s)
}

// passes lets time pass for all replicas.
func (w *world) passes(d time.Duration) { w.passed.Add(int64(d)) }

// offer creates the blueprint and says what its controller would: that it is offered.
func (w *world) offer() {
	b := testenv.Blueprint(w.namespace, "cellar", testenv.At(w.namespace), func(b *v1alpha1.CloudifyBlueprint) {
		b.Spec.Offering = &v1alpha1.Offering{Plans: []v1alpha1.Plan{
			{Name: "small", Inputs: map[string]v1alpha1.JSON{"size": testenv.JSON(1)}, MaintenanceInfo: &v1alpha1.MaintenanceInfo{Version: "1.0.0"}},
			{Name: "large", Inputs: map[string]v1alpha1.JSON{"size": testenv.JSON(5)}, MaintenanceInfo: &v1alpha1.MaintenanceInfo{Version: "2.0.0"}},
			{Name: "free"},
		}}
	})
	w.Expect(env.Client.Create(w.t.Context(), b)).To(Succeed())
	b.Status.Offering = &v1alpha1.OfferingStatus{ID: w.serviceID(), Name: w.namespace, Schema: &v1alpha1.JSON{Raw: []byte(cellarSchema)}}
	for _, plan := range b.Spec.Offering.Plans {
		b.Status.Offering.Plans = append(b.Status.Offering.Plans, v1alpha1.PlanStatus{Name: plan.Name, ID: w.plan(plan.Name)})
	}
	meta.SetStatusCondition(&b.Status.Conditions, metav1.Condition{Type: v1alpha1.OfferedCondition, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonOffered})
	w.Expect(env.Client.Status().Update(w.t.Context(), b)).To(Succeed())
	w.blueprint = b
}

// authors changes the offering as its author would.
func (w *world) authors(change func(*v1alpha1.Offering)) {
	change(w.blueprint.Spec.Offering)
	w.Expect(env.Client.Update(w.t.Context(), w.blueprint)).To(Succeed())
}

func (w *world) serviceID() string       { return w.namespace + "-service" }
func (w *world) plan(name string) string { return w.namespace + "-" + name }

// put is a request to provision, with parameters as JSON.
func (w *world) put(id, plan, parameters string) *osb.ProvisionRequest {
	return &osb.ProvisionRequest{
		InstanceID: id, AcceptsIncomplete: true, ServiceID: w.serviceID(), PlanID: w.plan(plan), OrganizationGUID: "o", SpaceGUID: "s",
		Parameters: w.parameters(parameters),
	}
}

// patch is a request to update; an empty plan stays.
func (w *world) patch(id, plan, parameters string) *osb.UpdateRequest {
	r := &osb.UpdateRequest{InstanceID: id, AcceptsIncomplete: true, ServiceID: w.serviceID(), Parameters: w.parameters(parameters)}
	if plan != "" {
		r.PlanID = w.plan(plan)
	}
	return r
}

func (w *world) delete(id string) *osb.DeprovisionRequest {
	return &osb.DeprovisionRequest{InstanceID: id, AcceptsIncomplete: true, ServiceID: w.serviceID(), PlanID: w.plan("small")}
}

// bind is a request to bind.
func (w *world) bind(id, binding, parameters string) *osb.BindRequest {
	return &osb.BindRequest{InstanceID: id, BindingID: binding, ServiceID: w.serviceID(), PlanID: w.plan("free"), Parameters: w.parameters(parameters)}
}

func (w *world) parameters(object string) map[string]json.RawMessage {
	if object == "" {
		return nil
	}
	var p map[string]json.RawMessage
	w.Expect(json.Unmarshal([]byte(object), &p)).To(Succeed())
	return p
}

// poll asks for the last operation.
func (w *world) poll(id, operation string) *osb.LastOperation {
	w.t.Helper()
	op, err := w.InstanceOperation(w.t.Context(), &osb.PollRequest{InstanceID: id, Operation: operation})
	w.Expect(err).NotTo(HaveOccurred())
	return op
}

// provision provisions an instance, and lets it succeed.
func (w *world) provision(id, plan, parameters string) *v1alpha1.CloudifyDeployment {
	w.t.Helper()
	_, err := w.Provision(w.t.Context(), w.put(id, plan, parameters))
	w.Expect(err).NotTo(HaveOccurred())
	return w.applies(id)
}

// object is the CloudifyDeployment of an instance.
func (w *world) object(id string) *v1alpha1.CloudifyDeployment {
	w.t.Helper()
	var d v1alpha1.CloudifyDeployment
	key := types.NamespacedName{Namespace: w.namespace, Name: store.InstanceName(id)}
	w.Expect(env.Client.Get(w.t.Context(), key, &d)).To(Succeed())
	return &d
}

func (w *world) objects() []v1alpha1.CloudifyDeployment {
	w.t.Helper()
	var list v1alpha1.CloudifyDeploymentList
	w.Expect(env.Client.List(w.t.Context(), &list, client.InNamespace(w.namespace))).To(Succeed())
	return list.Items
}

// edit changes instance x, as people do with kubectl.
func (w *world) edit(change func(*v1alpha1.CloudifyDeployment)) {
	w.t.Helper()
	d := w.object("x")
	change(d)
	w.Expect(env.Client.Update(w.t.Context(), d)).To(Succeed())
}

// releases is the controller that has deleted everything of instance x at the Manager.
func (w *world) releases() {
	w.t.Helper()
	w.edit(func(d *v1alpha1.CloudifyDeployment) { d.Finalizers = nil })
}

// applies is the controller that has brought about what the spec says.
func (w *world) applies(id string) *v1alpha1.CloudifyDeployment {
	w.t.Helper()
	return w.reports(id, func(d *v1alpha1.CloudifyDeployment) {
		osb := d.Spec.OSB
		d.Status.Applied = &v1alpha1.AppliedStatus{
			Generation: d.Generation, Plan: d.Spec.Plan, Operation: osb.Operation.Number, MaintenanceVersion: osb.MaintenanceVersion,
		}
		set(d, v1alpha1.ReadyCondition, metav1.ConditionTrue, v1alpha1.ReasonReady)
		set(d, v1alpha1.InstalledCondition, metav1.ConditionTrue, v1alpha1.ReasonInstalled)
	})
}

// stalls is the controller that only a new request for instance x can help; Ready says how to make one with kubectl.
func (w *world) stalls(reason string) {
	w.t.Helper()
	w.reports("x", func(d *v1alpha1.CloudifyDeployment) {
		set(d, v1alpha1.ReadyCondition, metav1.ConditionFalse, reason)
		meta.FindStatusCondition(d.Status.Conditions, v1alpha1.ReadyCondition).Message += "; to retry, set the annotation cloudify.co/requested-at to a new value"
		set(d, v1alpha1.StalledCondition, metav1.ConditionTrue, reason)
	})
}

// works is the controller at work on instance x.
func (w *world) works(reason string) {
	w.t.Helper()
	w.reports("x", func(d *v1alpha1.CloudifyDeployment) {
		set(d, v1alpha1.ReadyCondition, metav1.ConditionFalse, reason)
		set(d, v1alpha1.ReconcilingCondition, metav1.ConditionTrue, reason)
	})
}

func (w *world) reports(id string, change func(*v1alpha1.CloudifyDeployment)) *v1alpha1.CloudifyDeployment {
	w.t.Helper()
	d := w.object(id)
	d.Status.ObservedGeneration, d.Status.LastHandledRequest = d.Generation, v1alpha1.RequestedAt(d)
	meta.RemoveStatusCondition(&d.Status.Conditions, v1alpha1.StalledCondition)
	meta.RemoveStatusCondition(&d.Status.Conditions, v1alpha1.ReconcilingCondition)
	change(d)
	w.Expect(env.Client.Status().Update(w.t.Context(), d)).To(Succeed())
	return d
}

func set(d *v1alpha1.CloudifyDeployment, kind string, status metav1.ConditionStatus, reason string) {
	meta.SetStatusCondition(&d.Status.Conditions, metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: "because of " + reason, ObservedGeneration: d.Generation,
	})
}

// publishes is the controller that writes the outputs.
func (w *world) publishes(id string, capabilities map[string]any) {
	w.t.Helper()
	d := w.object(id)
	outputs := credentials.Outputs{Capabilities: capabilities}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: w.namespace, Name: d.OutputsSecretName(),
			Annotations: map[string]string{v1alpha1.OutputsDescriptionAnnotation: credentials.Describe(outputs)},
		},
		Data: credentials.Data(capabilities),
	}
	w.Expect(controllerutil.SetControllerReference(d, secret, env.Scheme)).To(Succeed())
	w.Expect(env.Client.Create(w.t.Context(), secret)).To(Succeed())
	d.Status.Binding = &v1alpha1.LocalObjectReference{Name: secret.Name}
	w.Expect(env.Client.Status().Update(w.t.Context(), d)).To(Succeed())
}

// secrets are the Secrets that hold parameters.
func (w *world) secrets() map[string]map[string]string {
	w.t.Helper()
	var list corev1.SecretList
	w.Expect(env.Client.List(w.t.Context(), &list, client.InNamespace(w.namespace))).To(Succeed())
	found := map[string]map[string]string{}
	for _, secret := range list.Items {
		found[secret.Name] = map[string]string{}
		for key, value := range secret.Data {
			found[secret.Name][key] = string(value)
		}
	}
	return found
}

// token is what the platform holds for an operation.
func token(verb string, d *v1alpha1.CloudifyDeployment, number int) string {
	return fmt.Sprintf("%s.%s.%d", verb, d.UID, number)
}

// text is an object as everybody with the right to read it sees it.
func text(t *testing.T, o any) string {
	raw, err := json.Marshal(o)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return string(raw)
}

func (w *world) secret(name string) *corev1.Secret {
	w.t.Helper()
	var secret corev1.Secret
	w.Expect(env.Client.Get(w.t.Context(), types.NamespacedName{Namespace: w.namespace, Name: name}, &secret)).To(Succeed())
	return &secret
}
