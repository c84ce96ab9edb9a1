// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// offered is the offering that platforms of the benchmark order, one of many.
const (
	offered     = "offering-0"
	offeredPlan = offered + "-small"
)

// smallCatalog is how many offerings there are where a part does not ask for more, each with so many plans.
const smallCatalog, plansEach = 10, 3

// The stage is what a leader has made before platforms are measured: offerings, an instance with outputs and a binding, and an
// instance whose install goes on. Then no operator leads, so that what platforms order is stored and nothing else happens.
type stage struct {
	provisioned *rig.Model
	binding     *v1alpha1.CloudifyBinding
	credentials *corev1.Secret
	// running is an instance that is being installed, operation the token of that.
	running, operation string
}

func offeringName(number int) string { return fmt.Sprintf("offering-%d", number) }

// setStage has a leader make it, and ends that leader.
func (b *bench) setStage(ctx context.Context) (*stage, error) {
	b.tell("a leader makes %d offerings of %d plans, two instances and a binding", smallCatalog, plansEach)
	leader, err := b.StartOperator(ctx, "leader")
	if err != nil {
		return nil, err
	}
	for number := range smallCatalog {
		if err := b.Admin.Create(ctx, rig.Offering(offeringName(number), plansEach)); err != nil {
			return nil, fmt.Errorf("create an offering: %w", err)
		}
	}
	if err := awaitCatalog(ctx, leader.Platform, smallCatalog); err != nil {
		return nil, err
	}
	s := &stage{running: "running"}
	if _, err := provision(ctx, leader.Platform, "provisioned", 0, "succeeded"); err != nil {
		return nil, err
	}
	if s.operation, err = provision(ctx, leader.Platform, s.running, time.Hour, "in progress"); err != nil {
		return nil, err
	}
	if s.provisioned, err = b.ReadModel(ctx, "provisioned"); err != nil {
		return nil, err
	}
	if s.binding, s.credentials, err = b.bindOnce(ctx, leader.Platform, "provisioned"); err != nil {
		return nil, err
	}
	if err := b.awaitInstall(ctx, s.running); err != nil {
		return nil, err
	}
	if err := leader.Stop(); err != nil {
		return nil, err
	}
	return s, b.TakeLead(ctx)
}

// awaitCatalog waits until a replica offers so much.
func awaitCatalog(ctx context.Context, p *rig.Platform, offerings int) error {
	return rig.Await(ctx, fmt.Sprintf("%d offerings in the catalog", offerings), 10*time.Minute, 100*time.Millisecond, func(ctx context.Context) error {
		var catalog struct{ Services []struct{ ID string } }
		if err := p.Into(ctx, rig.Ask{Method: http.MethodGet, Path: "catalog", Status: http.StatusOK}, &catalog); err != nil {
			return err
		}
		if len(catalog.Services) != offerings {
			return fmt.Errorf("there are %d", len(catalog.Services))
		}
		return nil
	})
}

// order is the request for an instance, with as many parameters as people send.
func order(id string, install time.Duration) rig.Ask {
	parameters := map[string]any{"owner": "wine@example.com", "port": 8080}
	if install > 0 {
		parameters["install_seconds"] = int(install.Seconds())
	}
	return rig.Ask{
		Method: http.MethodPut, Path: "service_instances/" + id + "?accepts_incomplete=true", Status: http.StatusAccepted,
		Body: map[string]any{
			"service_id": offered, "plan_id": offeredPlan, "organization_guid": "vintners", "space_guid": "shop", "parameters": parameters,
			"context": map[string]any{"platform": "cloudfoundry", "organization_guid": "vintners", "space_guid": "shop", "instance_name": id},
		},
	}
}

// poll asks for the state of an operation, or of the latest one if it is empty.
func poll(id, operation string) rig.Ask {
	query := url.Values{"service_id": {offered}, "plan_id": {offeredPlan}}
	if operation != "" {
		query.Set("operation", operation)
	}
	return rig.Ask{Method: http.MethodGet, Path: "service_instances/" + id + "/last_operation?" + query.Encode(), Status: http.StatusOK}
}

// provision orders an instance and waits for a state of that.
func provision(ctx context.Context, p *rig.Platform, id string, install time.Duration, state string) (operation string, err error) {
	var accepted struct{ Operation string }
	if err := p.Into(ctx, order(id, install), &accepted); err != nil {
		return "", err
	}
	return accepted.Operation, rig.Await(ctx, "instance "+id, time.Minute, 100*time.Millisecond, func(ctx context.Context) error {
		var last struct{ State, Description string }
		if err := p.Into(ctx, poll(id, accepted.Operation), &last); err != nil {
			return err
		}
		if last.State != state {
			return fmt.Errorf("it is %s, not %s: %s", last.State, state, last.Description)
		}
		return nil
	})
}

// bindOnce makes a binding, and returns it with its Secret as the leader leaves them.
func (b *bench) bindOnce(ctx context.Context, p *rig.Platform, id string) (*v1alpha1.CloudifyBinding, *corev1.Secret, error) {
	if _, _, err := p.Answer(ctx, bind(id, "model")); err != nil {
		return nil, nil, err
	}
	var made v1alpha1.CloudifyBinding
	secret := &corev1.Secret{}
	err := rig.Await(ctx, "the Secret of a binding", time.Minute, 100*time.Millisecond, func(ctx context.Context) error {
		var all v1alpha1.CloudifyBindingList
		if err := b.AsAdmin.List(ctx, rig.Bindings, &all); err != nil {
			return err
		}
		if len(all.Items) != 1 {
			return fmt.Errorf("there are %d bindings, not one", len(all.Items))
		}
		made = all.Items[0]
		return b.AsAdmin.Get(ctx, rig.Secrets, made.Spec.SecretName, secret)
	})
	return &made, secret, err
}

// bind is the request for a binding.
func bind(id, binding string) rig.Ask {
	return rig.Ask{
		Method: http.MethodPut, Path: "service_instances/" + id + "/service_bindings/" + binding, Status: http.StatusCreated,
		Body: map[string]any{"service_id": offered, "plan_id": offeredPlan, "bind_resource": map[string]any{"app_guid": "web"}},
	}
}

// awaitInstall waits until the object of an instance says that its install goes on.
func (b *bench) awaitInstall(ctx context.Context, id string) error {
	return rig.Await(ctx, "the install of "+id, time.Minute, 100*time.Millisecond, func(ctx context.Context) error {
		var d v1alpha1.CloudifyDeployment
		if err := b.AsAdmin.Get(ctx, rig.Deployments, id, &d); err != nil {
			return err
		}
		if d.Status.Execution == nil || d.Status.Execution.Workflow != "install" || d.Status.Execution.EndedAt != nil {
			return fmt.Errorf("its execution is %v", d.Status.Execution)
		}
		return nil
	})
}

// addInstances adds provisioned instances like the model. No operator leads, so each is given the status of having brought about
// more operations than will ever be asked for: it can be updated again and again, as if a controller had followed at once.
func (b *bench) addInstances(ctx context.Context, like *rig.Model, names []string) error {
	model := *like
	model.Deployment = like.Deployment.DeepCopy()
	model.Deployment.Status.Applied.Operation = 1_000_000_000
	return load.Each(ctx, writers, len(names), func(ctx context.Context, number int) error {
		return b.Copy(ctx, &model, names[number], false)
	})
}

// writers prepare things at once.
const writers = 16

// ownedBy tells whose an object is.
func ownedBy(d *v1alpha1.CloudifyDeployment) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: v1alpha1.GroupVersion.String(), Kind: "CloudifyDeployment", Name: d.Name, UID: d.UID}
}
