// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// platform is somebody who orders services, and keeps account of what was promised.
type platform struct {
	*world
	instances map[string]*instance // by slot
	all       []*instance
}

// object reads the object of an instance, nil if there is none.
func (p *platform) object(ctx context.Context, i *instance) (*v1alpha1.CloudifyDeployment, error) {
	d := &v1alpha1.CloudifyDeployment{}
	err := p.insist(ctx, func(ctx context.Context) error {
		return p.client.Get(ctx, client.ObjectKey{Namespace: services, Name: i.id}, d)
	})
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	p.recorder.see(d)
	return d, nil
}

// instance is what a platform knows of a service instance.
type instance struct {
	id, service, plan string
	parameters        map[string]any
	ports             []int // that were ever requested
	operations        []*operation
	bindings          map[string]bool
	ending            bool // its deletion was requested
	over              bool // an answer said that it is gone
	// loose: some request got no answer, and may still be carried out.
	loose bool
}

// newInstance is one that was not ordered yet.
func newInstance(id string, dice *rand.Rand) *instance {
	i := &instance{id: id, service: blueprintOf(dice.IntN(managersInWorld)), plan: pick(dice, "small", "large", "free"), bindings: map[string]bool{}}
	i.parameters = map[string]any{"port": 8001 + dice.IntN(900), "install_seconds": pick(dice, 0, 0, 2, 20), "uninstall_seconds": pick(dice, 0, 0, 2, 20)}
	if dice.IntN(2) == 0 {
		i.parameters["password"] = fmt.Sprintf("%s-%x", secretMark, dice.Uint32())
	}
	i.ports = []int{i.parameters["port"].(int)}
	return i
}

func (i *instance) name() string { return "deployment/" + services + "/" + i.id }

func (i *instance) order() map[string]any {
	return map[string]any{
		"service_id": i.service, "plan_id": i.service + "-" + i.plan, "organization_guid": "org", "space_guid": "space", "parameters": i.parameters,
	}
}

// latest is the operation that was requested last.
func (i *instance) latest() *operation {
	if len(i.operations) == 0 {
		return nil
	}
	return i.operations[len(i.operations)-1]
}

// goneUnpolled reports whether the answer to its deletion was lost, and the next one was that it is gone: there is nothing to poll.
func (i *instance) goneUnpolled() bool {
	o := i.latest()
	return i.over && o != nil && o.verb != "deprovision"
}

// operation is one that a platform may poll.
type operation struct {
	token  string
	verb   string
	uid    string
	number int64
	state  string // by the last answer
	end    string // how it ended, by the last answer that said so
	// version is that of the blueprint when it was accepted.
	version int
}

// newOperation reads a token: the verb, the object's UID and the number of the operation.
func newOperation(token string) *operation {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	number, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return nil
	}
	return &operation{token: token, verb: parts[0], uid: parts[1], number: number}
}
