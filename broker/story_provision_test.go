// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

func TestProvision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.put("x", "small", `{"region":"east","server":{"port":80,"proxy":null}}`)
	r.Context = json.RawMessage(`{"platform":"cloudfoundry","instance_name":"mine"}`)
	r.Identity = &osb.Identity{Platform: "cloudfoundry", Value: json.RawMessage(`{"user_id":"u"}`)}
	first, err := w.Provision(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())

	d := w.object("x")
	w.Expect(first.Operation).To(Equal(token("provision", d, 1)))
	dashboard, err := url.Parse(first.DashboardURL)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(dashboard.Query().Get("c")).To(MatchJSON(`[{"context": {"deploymentId": "k8s-` + string(d.UID) + `"}}]`))
	w.Expect(first.DashboardURL).To(HavePrefix("https://console.example.com/console/page/services?"))
	w.Expect(d.Spec.BlueprintRef).To(Equal(v1alpha1.BlueprintReference{Namespace: w.namespace, Name: "cellar"}))
	w.Expect(d.Spec.Plan).To(Equal("small"))
	w.Expect(d.Spec.Inputs).To(HaveLen(2))
	w.Expect(string(d.Spec.Inputs["server"].Raw)).To(MatchJSON(`{"port":80,"proxy":null}`))
	w.Expect(d.Spec.OSB).To(HaveValue(And(
		HaveField("InstanceID", "x"), HaveField("ServiceID", w.serviceID()), HaveField("PlanID", w.plan("small")), HaveField("MaintenanceVersion", "1.0.0"),
		HaveField("Operation", v1alpha1.Operation{Verb: v1alpha1.OperationProvision, Number: 1}))))
	w.Expect(d.Annotations).To(HaveKeyWithValue(v1alpha1.OSBContextAnnotation, `{"platform":"cloudfoundry","instance_name":"mine"}`))
	w.Expect(d.Annotations).To(HaveKeyWithValue(v1alpha1.OSBIdentityAnnotation, `cloudfoundry {"user_id":"u"}`))
	w.Expect(w.poll("x", first.Operation).State).To(Equal(osb.InProgress))

	w.works(v1alpha1.ReasonInstalling)
	w.Expect(w.poll("x", first.Operation)).To(HaveValue(And(HaveField("Description", "Installing"), HaveField("RetryAfter", Not(BeZero())))))
	w.applies("x")
	for range 10 {
		w.Expect(w.poll("x", first.Operation)).To(Equal(&osb.LastOperation{State: osb.Succeeded}))
	}
	w.stalls(v1alpha1.ReasonInstallFailed) // later, and no matter of this operation
	w.Expect(w.poll("x", first.Operation).State).To(Equal(osb.Succeeded))
}

// What a PUT meets, by what exists of the instance.
func TestProvisionMeets(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		meets     func(*world)
		operation int // of the answer to the same request; 0: it is 200
		verb      string
		err       error // of the answer to the same request
		different error
	}{
		{name: "create running", meets: func(*world) {}, operation: 1, different: service.ErrConflict},
		{name: "create at work", meets: func(w *world) { w.works("Installing") }, operation: 1, different: service.ErrConflict},
		{name: "ready", meets: func(w *world) { w.applies("x") }, different: service.ErrConflict},
		{name: "ready, and broken since", meets: func(w *world) { w.applies("x"); w.stalls("InstallFailed") }, different: service.ErrConflict},
		{name: "ready, and edited since", meets: func(w *world) {
			w.applies("x")
			w.edit(func(d *v1alpha1.CloudifyDeployment) { d.Spec.Inputs["region"] = testenv.JSON("west") })
		}, different: service.ErrConflict},
		{name: "create failed", meets: func(w *world) { w.stalls("InstallFailed") }, operation: 1, different: service.ErrConflict},
		{name: "update running", meets: func(w *world) {
			w.applies("x")
			_, err := w.Update(w.t.Context(), w.patch("x", "", `{"region":"west"}`))
			w.Expect(err).NotTo(HaveOccurred())
			w.edit(func(d *v1alpha1.CloudifyDeployment) { d.Spec.OSB.Parameters["region"] = testenv.JSON("east") })
		}, operation: 2, verb: "update", different: service.ErrConflict},
		{name: "delete running", meets: func(w *world) {
			w.applies("x")
			_, err := w.Deprovision(w.t.Context(), w.delete("x"))
			w.Expect(err).NotTo(HaveOccurred())
		}, err: service.ErrBusy, different: service.ErrBusy},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.Provision(t.Context(), w.put("x", "small", `{"region":"east"}`))
			w.Expect(err).NotTo(HaveOccurred())
			row.meets(w)

			// What is today in the catalog has no say: of the same service, a plan that is gone is the same plan still.
			w.authors(func(o *v1alpha1.Offering) { o.Plans = o.Plans[1:] })
			same := w.put("x", "small", `{"region":"east","server":null}`)
			same.OrganizationGUID, same.Context = "another", json.RawMessage(`{"platform":"x"}`)
			for range 2 {
				answer, err := w.Provision(t.Context(), same)
				if row.err != nil {
					w.Expect(err).To(MatchError(row.err))
					continue
				}
				w.Expect(err).NotTo(HaveOccurred())
				w.Expect(answer.DashboardURL).NotTo(BeEmpty())
				if row.operation == 0 {
					w.Expect(answer.Operation).To(BeEmpty())
					continue
				}
				if row.verb == "" {
					row.verb = "provision"
				}
				w.Expect(answer.Operation).To(Equal(token(row.verb, w.object("x"), row.operation)))
			}
			before := w.object("x")
			for name, different := range map[string]*osb.ProvisionRequest{
				"parameters": w.put("x", "small", `{"region":"west"}`), "plan": w.put("x", "large", `{"region":"east"}`),
				"unknown plan": w.put("x", "huge", `{"region":"east"}`), "invalid": w.put("x", "small", `{"region":"north"}`),
			} {
				_, err := w.Provision(t.Context(), different)
				w.Expect(err).To(MatchError(row.different), name)
			}
			withVersion := w.put("x", "small", `{"region":"east"}`)
			withVersion.MaintenanceInfo = &osb.MaintenanceInfo{Version: "9.9.9"}
			_, err = w.Provision(t.Context(), withVersion)
			w.Expect(err).To(MatchError(row.different))
			w.Expect(w.object("x").ResourceVersion).To(Equal(before.ResourceVersion))
		})
	}
}

func TestProvisionAfterAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.put("x", "free", `{}`)
	first, err := w.Provision(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	w.stalls(v1alpha1.ReasonInstallFailed)
	w.Expect(w.poll("x", first.Operation)).To(Equal(&osb.LastOperation{State: osb.Failed, Description: "because of InstallFailed"}))

	generation := w.object("x").Generation
	second, err := w.Provision(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(second.Operation).To(Equal(first.Operation), "the failure is told before there is another attempt")
	w.Expect(w.object("x").Generation).To(Equal(generation))

	w.passes(30 * time.Second)
	second, err = w.Provision(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(second.Operation).To(Equal(token("provision", w.object("x"), 2)))
	w.Expect(w.object("x").Generation).To(BeNumerically(">", generation), "the controller tries again")
	w.Expect(w.poll("x", first.Operation).State).To(Equal(osb.Failed))
	w.Expect(w.poll("x", second.Operation).State).To(Equal(osb.InProgress))
	w.applies("x")
	w.Expect(w.poll("x", second.Operation).State).To(Equal(osb.Succeeded))
}

// Korifi sends PUT and then last_operation whenever it looks at an instance that is not ready. It hears of each failure, and
// however often it looks, attempts come further and further apart.
func TestProvisionAtEachLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	look := func() *osb.LastOperation {
		answer, err := w.Provision(t.Context(), w.put("x", "free", `{}`))
		w.Expect(err).NotTo(HaveOccurred())
		return w.poll("x", answer.Operation)
	}
	look()
	for attempt, apart := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 5 * time.Minute} {
		number := int64(attempt + 1)
		w.Expect(w.object("x").Spec.OSB.Operation.Number).To(Equal(number))
		w.Expect(look().State).To(Equal(osb.InProgress))
		w.stalls(v1alpha1.ReasonInstallFailed)
		w.Expect(look()).To(Equal(&osb.LastOperation{State: osb.Failed, Description: "because of InstallFailed"}))
		w.passes(apart - 2*time.Second)
		w.Expect(look().State).To(Equal(osb.Failed))
		w.Expect(w.object("x").Spec.OSB.Operation.Number).To(Equal(number), "no attempt before %s have passed", apart)
		w.passes(2 * time.Second)
		w.Expect(look().State).To(Equal(osb.InProgress))
	}
	w.applies("x")
	w.Expect(look().State).To(Equal(osb.Succeeded))
}

// The other replica knows of whom a failure was told.
func TestAFailureIsToldByEveryReplica(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.replica(env.Client)
	first, err := w.Provision(t.Context(), w.put("x", "free", `{}`))
	w.Expect(err).NotTo(HaveOccurred())
	w.stalls(v1alpha1.ReasonInstallFailed)
	for _, replica := range []*platform{w.platform, other, w.platform} {
		answer, err := replica.Provision(t.Context(), w.put("x", "free", `{}`))
		w.Expect(err).NotTo(HaveOccurred())
		w.Expect(answer).To(Equal(first))
	}
}

// service-catalog, after a 5xx or a failure: DELETE, then PUT of the same ID.
func TestProvisionAgainAfterDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.provision("x", "free", `{"region":"east"}`)
	_, err := w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).NotTo(HaveOccurred())
	_, err = w.Provision(t.Context(), w.put("x", "large", ``))
	w.Expect(err).To(MatchError(service.ErrBusy))
	w.releases()
	answer, err := w.Provision(t.Context(), w.put("x", "large", ``))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(answer.Operation).To(Equal(token("provision", w.object("x"), 1)))
	w.Expect(w.poll("x", token("provision", first, 1)).State).To(Equal(osb.Failed))
	w.Expect(w.poll("x", token("deprovision", first, 1)).State).To(Equal(osb.Succeeded))
	w.Expect(w.poll("x", "").State).To(Equal(osb.InProgress))
}

func TestProvisionRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	elsewhere := newWorld(t)
	version := func(plan, v string) *osb.ProvisionRequest {
		r := w.put("x", plan, "")
		r.MaintenanceInfo = &osb.MaintenanceInfo{Version: v}
		return r
	}
	sync := w.put("x", "huge", "")
	sync.AcceptsIncomplete = false
	foreign := w.put("x", "", "")
	foreign.PlanID = elsewhere.plan("small")
	nowhere := w.put("x", "small", "")
	nowhere.ServiceID = "nowhere"
	for _, row := range []struct {
		name    string
		request *osb.ProvisionRequest
		err     error
		reason  string
	}{
		{name: "synchronous, before all else", request: sync, err: service.ErrAsyncRequired},
		{name: "unknown plan", request: w.put("x", "huge", ""), reason: "plan_id"},
		{name: "plan of another service", request: foreign, reason: "plan_id"},
		{name: "unknown service", request: nowhere, reason: "service_id"},
		{name: "another maintenance version", request: version("small", "1.0.1"), err: service.ErrMaintenanceInfo},
		{name: "a maintenance version where there is none", request: version("free", "1.0.0"), err: service.ErrMaintenanceInfo},
		{name: "parameters against the schema", request: w.put("x", "free", `{"region":"north"}`), reason: "parameter region should be one of"},
		{name: "a parameter the plan fixes", request: w.put("x", "small", `{"size":1}`), reason: `parameter "size" is fixed by plan small`},
		{name: "an integer too large", request: w.put("x", "free", `{"server":{"a":99999999999999999999}}`), reason: "too large"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := w.Provision(t.Context(), row.request)
			var invalid *service.InvalidError
			if row.err != nil {
				w.Expect(err).To(MatchError(row.err))
			} else {
				w.Expect(errors.As(err, &invalid)).To(BeTrue(), "%v", err)
				w.Expect(invalid.Reason).To(ContainSubstring(row.reason))
			}
			w.Expect(w.objects()).To(BeEmpty())
		})
	}
	answer, err := w.Provision(t.Context(), version("small", "1.0.0"))
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(answer.Operation).NotTo(BeEmpty())
}

func TestAnObjectThatNoPlatformMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Expect(env.Client.Create(t.Context(), testenv.Deployment(w.namespace, "mine", "cellar"))).To(Succeed())
	_, err := w.Provision(t.Context(), w.put("mine", "free", ""))
	w.Expect(err).To(MatchError(service.ErrConflict))
	_, err = w.Update(t.Context(), w.patch("mine", "", `{}`))
	w.Expect(err).To(MatchError(service.ErrNotFound))
	_, err = w.Deprovision(t.Context(), w.delete("mine"))
	w.Expect(err).To(MatchError(service.ErrGone))
	_, err = w.Instance(t.Context(), "mine")
	w.Expect(err).To(MatchError(service.ErrNotFound))
	_, err = w.InstanceOperation(t.Context(), &osb.PollRequest{InstanceID: "mine"})
	w.Expect(err).To(MatchError(service.ErrNotFound))
	_, err = w.Bind(t.Context(), w.bind("mine", "b", ""))
	w.Expect(err).To(MatchError(service.ErrNotFound))
	w.Expect(w.objects()).To(HaveLen(1))
	w.Expect(w.objects()[0].DeletionTimestamp.IsZero()).To(BeTrue())
}

// An object of the right name may have been made under another ID.
func TestAnObjectOfAnotherID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := testenv.Deployment(w.namespace, "x", "cellar", func(d *v1alpha1.CloudifyDeployment) {
		d.Spec.OSB = &v1alpha1.ServiceInstance{
			InstanceID: "another", ServiceID: w.serviceID(), PlanID: w.plan("free"),
			Operation: v1alpha1.Operation{Verb: v1alpha1.OperationProvision, Number: 1},
		}
	})
	w.Expect(env.Client.Create(t.Context(), d)).To(Succeed())
	_, err := w.Provision(t.Context(), w.put("x", "free", ""))
	w.Expect(err).To(MatchError(service.ErrConflict))
	w.Expect(w.poll("x", token("provision", d, 1)).State).To(Equal(osb.Failed))
	_, err = w.Deprovision(t.Context(), w.delete("x"))
	w.Expect(err).To(MatchError(service.ErrGone))
	w.Expect(w.objects()).To(HaveLen(1))
}

func TestStrangeIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"A/b c", "../..", "i-0000000000000000000000000000000000000000", "ключ", "a.b"} {
		w.provision(id, "free", "")
		w.Expect(w.poll(id, "").State).To(Equal(osb.Succeeded))
		w.Expect(w.object(id).Spec.OSB.InstanceID).To(Equal(id))
	}
	w.Expect(w.objects()).To(HaveLen(5))
}

func TestParallelProvisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tokens := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			answer, err := w.Provision(t.Context(), w.put("x", "small", `{"region":"east","password":"s3cret"}`))
			w.Expect(err).NotTo(HaveOccurred())
			mu.Lock()
			defer mu.Unlock()
			tokens[answer.Operation]++
		})
	}
	all.Wait()
	w.Expect(tokens).To(Equal(map[string]int{token("provision", w.object("x"), 1): 64}))
	w.Expect(w.secrets()).To(Equal(map[string]map[string]string{w.object("x").Spec.OSB.ParametersSecret: {"password": "s3cret"}}))
}

func TestParallelProvisionsThatDiffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var won, lost []int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			_, err := w.Provision(t.Context(), w.put("x", "free", fmt.Sprintf(`{"server":{"port":%d}}`, i)))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, i)
				return
			}
			w.Expect(err).To(MatchError(service.ErrConflict))
			lost = append(lost, i)
		})
	}
	all.Wait()
	w.Expect(won).To(HaveLen(1))
	w.Expect(lost).To(HaveLen(15))
	w.Expect(string(w.object("x").Spec.Inputs["server"].Raw)).To(MatchJSON(fmt.Sprintf(`{"port":%d}`, won[0])))
}

func TestSensitiveParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.put("x", "free", `{"region":"east","password":"s3cret-a","keys":["s3cret-b"]}`)
	first, err := w.Provision(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	d := w.object("x")
	name := d.Spec.OSB.ParametersSecret
	w.Expect(text(t, d)).NotTo(ContainSubstring("s3cret"))
	w.Expect(d.Spec.Inputs).To(HaveLen(1))
	w.Expect(d.Spec.InputsFrom).To(ConsistOf(
		v1alpha1.InputSource{Input: "keys", SecretKeyRef: &v1alpha1.KeyReference{Name: name, Key: "keys"}},
		v1alpha1.InputSource{Input: "password", SecretKeyRef: &v1alpha1.KeyReference{Name: name, Key: "password"}}))
	w.Expect(w.secrets()).To(Equal(map[string]map[string]string{name: {"password": "s3cret-a", "keys": `["s3cret-b"]`}}))

	_, err = w.Provision(t.Context(), w.put("x", "free", `{"region":"east","password":"s3cret-z","keys":["s3cret-b"]}`))
	w.Expect(err).To(MatchError(service.ErrConflict))

	// The operator ended between object and Secret: the platform's next request brings the Secret.
	w.Expect(env.Client.Delete(t.Context(), w.secret(name))).To(Succeed())
	_, err = w.Provision(t.Context(), w.put("x", "free", `{"region":"east","password":"s3cret-a"}`))
	w.Expect(err).To(MatchError(service.ErrConflict), "keys are missing")
	again, err := w.Provision(t.Context(), r)
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(again.Operation).To(Equal(first.Operation))
	w.Expect(w.secrets()).To(Equal(map[string]map[string]string{name: {"password": "s3cret-a", "keys": `["s3cret-b"]`}}))
	w.Expect(w.secret(name).OwnerReferences).To(ConsistOf(HaveField("UID", d.UID)))

	w.applies("x")
	shown, err := w.Instance(t.Context(), "x")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(text(t, shown)).NotTo(Or(ContainSubstring("s3cret"), ContainSubstring("password")))
	w.Expect(shown.Parameters).To(HaveLen(1))
}

// What the author of an offering calls sensitive is so at once, and what came before is not returned any more. The schema, for
// which the Manager is asked, may follow much later.
func TestInputsThatBecomeSensitive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provision("x", "free", `{"region":"east","size":2}`)
	w.authors(func(o *v1alpha1.Offering) { o.SensitiveInputs = []string{"region"} })
	shown, err := w.Instance(t.Context(), "x")
	w.Expect(err).NotTo(HaveOccurred())
	w.Expect(text(t, shown)).To(And(ContainSubstring("size"), Not(ContainSubstring("region"))))

	w.updates(w.patch("x", "", `{"region":"west"}`))
	_, err = w.Provision(t.Context(), w.put("y", "free", `{"region":"west"}`))
	w.Expect(err).NotTo(HaveOccurred())
	for _, d := range w.objects() {
		w.Expect(text(t, d.Spec)).NotTo(Or(ContainSubstring("east"), ContainSubstring("west")), d.Name)
		w.Expect(w.secrets()).To(HaveKeyWithValue(d.Spec.OSB.ParametersSecret, map[string]string{"region": "west"}), d.Name)
	}
}
