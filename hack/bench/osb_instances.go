// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// updates are PATCH of instances, each client of one of its own, with a new value each time.
func (b *bench) updates(o *rig.Operator, pool []string) []*load.Contest {
	patch := asking(o.Platform, func(client int) (rig.Ask, error) {
		return rig.Ask{
			Method: http.MethodPatch, Path: "service_instances/" + pool[client] + "?accepts_incomplete=true", Status: http.StatusAccepted,
			Body: map[string]any{"service_id": offered, "parameters": map[string]any{"port": newPort()}},
		}, nil
	})
	bare := func(ctx context.Context, client int) error {
		var d v1alpha1.CloudifyDeployment
		if err := b.AsOperator.Get(ctx, rig.Deployments, pool[client], &d); err != nil {
			return err
		}
		changes, err := portPatch(&d, newPort())
		if err != nil {
			return err
		}
		return b.AsOperator.Patch(ctx, rig.Deployments, d.Name, types.JSONPatchType, changes, &d)
	}
	var contests []*load.Contest
	for _, clients := range []int{1, 8} {
		contests = append(contests, &load.Contest{
			Path: "PATCH instance", Clients: clients, Limit: "a GET and a PATCH",
			Operator: patch, Bare: load.Side{Do: bare},
		})
	}
	return contests
}

// newPort is another one than a moment ago.
func newPort() int64 { return 1024 + serial.Add(1)%60000 }

// portPatch is what an update of the port changes in an instance, upon what was read.
func portPatch(d *v1alpha1.CloudifyDeployment, port int64) ([]byte, error) {
	value := v1alpha1.JSON{Raw: fmt.Append(nil, port)}
	asked := d.Spec.OSB.DeepCopy()
	asked.Operation.Verb, asked.Operation.Number = v1alpha1.OperationUpdate, asked.Operation.Number+1
	asked.Parameters["port"] = value
	inputs := map[string]v1alpha1.JSON{}
	maps.Copy(inputs, d.Spec.Inputs)
	inputs["port"] = value
	return json.Marshal([]map[string]any{
		{"op": "replace", "path": "/metadata/resourceVersion", "value": d.ResourceVersion},
		{"op": "add", "path": "/spec/inputs", "value": inputs},
		{"op": "add", "path": "/spec/osb", "value": asked},
	})
}

// madeByLimit is a label of Secrets that the limit of a bind makes.
const madeByLimit = "bench=limit"

// binds are PUT of bindings, each client to an instance of its own. The limit creates the same objects that are there after a
// bind: a CloudifyBinding and its Secret.
func (b *bench) binds(o *rig.Operator, s *stage, pool []string) []*load.Contest {
	ask := asking(o.Platform, func(client int) (rig.Ask, error) {
		return bind(pool[client], fmt.Sprintf("bound-%d", serial.Add(1))), nil
	})
	bare := func(ctx context.Context, client int) error {
		name := fmt.Sprintf("b-%d", serial.Add(1))
		binding := &v1alpha1.CloudifyBinding{ObjectMeta: rig.Fresh(name, s.binding.ObjectMeta), Spec: *s.binding.Spec.DeepCopy()}
		binding.OwnerReferences = []metav1.OwnerReference{ownedBy(s.provisioned.Deployment)}
		binding.Spec.SecretName, binding.Spec.OSB.InstanceID, binding.Spec.OSB.BindingID = name, pool[client], name
		if err := b.AsOperator.Create(ctx, rig.Bindings, binding); err != nil {
			return err
		}
		secret := rig.FreshSecret(name, s.credentials)
		secret.Labels = map[string]string{"bench": "limit"}
		return b.AsOperator.Create(ctx, rig.Secrets, secret)
	}
	tidy := func(ctx context.Context) error {
		if err := b.AsAdmin.DeleteAll(ctx, rig.Bindings, ""); err != nil {
			return err
		}
		return b.AsAdmin.DeleteAll(ctx, rig.Secrets, madeByLimit)
	}
	var contests []*load.Contest
	for _, clients := range []int{1, 8, 64} {
		contests = append(contests, &load.Contest{
			Path: "PUT binding", Clients: clients, Limit: "two Creates",
			Operator: ask, Bare: load.Side{Do: bare}, Tidy: tidy,
		})
	}
	return contests
}
