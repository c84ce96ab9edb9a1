// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
)

// What platforms do.
const (
	doProvision   kind = "provision"
	doProvideSame kind = "provision-again"
	doProvideElse kind = "provision-else"
	doUpdate      kind = "update"
	doChangePlan  kind = "change-plan"
	doBind        kind = "bind"
	doUnbind      kind = "unbind"
	doDeprovision kind = "deprovision"
	doPoll        kind = "poll"
	doFlashOSB    kind = "flash-instance"
)

var platformChoices = []choice{
	{kind: doProvision, weight: 12},
	{kind: doProvideSame, weight: 4},
	{kind: doProvideElse, weight: 2},
	{kind: doUpdate, weight: 7, updates: true},
	{kind: doChangePlan, weight: 3, updates: true},
	{kind: doBind, weight: 6},
	{kind: doUnbind, weight: 3},
	{kind: doDeprovision, weight: 5},
	{kind: doPoll, weight: 4},
	{kind: doFlashOSB, weight: 4},
}

// carry carries out a step with the verbs of the Open Service Broker API.
func (p *platform) carry(ctx context.Context, s step) error {
	dice := s.dice()
	for _, i := range p.all {
		if err := p.pollAll(ctx, dice, i, 4); err != nil {
			return err
		}
	}
	i := p.instances[s.slot]
	if i == nil || i.over {
		i = newInstance(fmt.Sprintf("%s-%x", s.slot, s.seed[0]>>40), dice)
		if s.kind != doProvision && s.kind != doFlashOSB {
			return nil
		}
	}
	switch s.kind {
	case doProvision:
		if p.instances[s.slot] == i {
			return nil
		}
		p.instances[s.slot] = i
		return p.provision(ctx, dice, i, i.order(), false)
	case doProvideSame:
		return p.provision(ctx, dice, i, i.order(), false)
	case doProvideElse:
		other := i.order()
		other["parameters"] = map[string]any{"port": 7000}
		return p.provision(ctx, dice, i, other, true)
	case doUpdate, doChangePlan:
		return p.update(ctx, dice, i, s.kind == doChangePlan)
	case doBind:
		return p.bind(ctx, dice, i, fmt.Sprintf("b%x", dice.Uint32()))
	case doUnbind:
		return p.unbind(ctx, dice, i)
	case doDeprovision:
		return p.deprovision(ctx, dice, i)
	case doPoll:
		return nil
	case doFlashOSB:
		return p.flash(ctx, dice, s)
	default:
		return errors.New("no platform knows how to do that")
	}
}

// provision requests an instance. different: it exists with other parameters.
func (p *platform) provision(ctx context.Context, dice *rand.Rand, i *instance, order map[string]any, different bool) error {
	if i.ending {
		return nil
	}
	if len(i.operations) == 0 {
		p.all = append(p.all, i)
	}
	a, unanswered, err := p.persist(ctx, dice, i.name(), http.MethodPut, instancePath(i.id)+"?accepts_incomplete=true", order)
	i.loose = i.loose || unanswered
	if err != nil {
		return err
	}
	return p.judgeProvision(ctx, i, a, different)
}

// update requests other parameters, or another plan.
func (p *platform) update(ctx context.Context, dice *rand.Rand, i *instance, plan bool) error {
	if i.ending {
		return nil
	}
	body := map[string]any{"service_id": i.service}
	if plan {
		to := pick(dice, "small", "large", "free")
		body["plan_id"] = i.service + "-" + to
	} else {
		port := 8001 + dice.IntN(900)
		body["parameters"] = map[string]any{"port": port}
		i.ports = append(i.ports, port)
	}
	a, unanswered, err := p.persist(ctx, dice, i.name(), http.MethodPatch, instancePath(i.id)+"?accepts_incomplete=true", body)
	i.loose = i.loose || unanswered
	if err != nil {
		return err
	}
	if a.status == http.StatusOK || a.status == http.StatusAccepted {
		if plan {
			i.plan = body["plan_id"].(string)[len(i.service)+1:]
		} else {
			parameters := body["parameters"].(map[string]any)
			i.parameters["port"] = parameters["port"]
		}
	}
	return p.judgeUpdate(i, a)
}

// deprovision requests the end of an instance.
func (p *platform) deprovision(ctx context.Context, dice *rand.Rand, i *instance) error {
	i.ending = true
	path := instancePath(i.id) + "?accepts_incomplete=true&" + ids(i.service, i.plan)
	a, unanswered, err := p.persist(ctx, dice, i.name(), http.MethodDelete, path, nil)
	i.loose = i.loose || unanswered
	if err != nil {
		return err
	}
	return p.judgeDeprovision(ctx, i, a)
}

// bind requests credentials.
func (p *platform) bind(ctx context.Context, dice *rand.Rand, i *instance, binding string) error {
	if o := i.latest(); i.ending || o == nil || o.state != succeeded {
		return nil
	}
	path := instancePath(i.id) + "/service_bindings/" + binding
	i.bindings[binding] = true
	a, unanswered, err := p.persist(ctx, dice, i.name(), http.MethodPut, path, map[string]any{"service_id": i.service, "plan_id": i.service + "-" + i.plan})
	i.loose = i.loose || unanswered
	if err != nil {
		return err
	}
	p.judgeBind(i, a)
	return nil
}

// bindLast binds an instance that is at rest, and compares the credentials with the outputs.
func (p *platform) bindLast(ctx context.Context, dice *rand.Rand, i *instance, url string) error {
	path := instancePath(i.id) + "/service_bindings/last"
	a, _, err := p.persist(ctx, dice, i.name(), http.MethodPut, path, map[string]any{"service_id": i.service, "plan_id": i.service + "-" + i.plan})
	if err != nil {
		return err
	}
	i.bindings["last"] = true
	credentials, _ := a.body["credentials"].(map[string]any)
	if credentials["url"] != url {
		p.lie(i, fmt.Sprintf("the credentials are the outputs, url %s", url), a)
	}
	return nil
}

func (p *platform) unbind(ctx context.Context, dice *rand.Rand, i *instance) error {
	for binding := range i.bindings {
		delete(i.bindings, binding)
		path := instancePath(i.id) + "/service_bindings/" + binding + "?" + ids(i.service, i.plan)
		a, _, err := p.persist(ctx, dice, i.name(), http.MethodDelete, path, nil)
		if err == nil && a.status != http.StatusOK && a.status != http.StatusGone {
			p.lie(i, "an unbind is answered 200 or 410", a)
		}
		return err
	}
	return nil
}

// flash orders instances, and gives each back some milliseconds later.
func (p *platform) flash(ctx context.Context, dice *rand.Rand, s step) error {
	for n := range 3 {
		i := newInstance(fmt.Sprintf("%s-f%x-%d", s.slot, s.seed[0]>>40, n), dice)
		if err := p.provision(ctx, dice, i, i.order(), false); err != nil {
			return err
		}
		sleep(ctx, within(dice, 0, 0.06))
		if err := p.deprovision(ctx, dice, i); err != nil {
			return err
		}
	}
	return nil
}

// pollAll polls the operations of an instance that are not over, and one time in again the latest one that is.
func (p *platform) pollAll(ctx context.Context, dice *rand.Rand, i *instance, again int) error {
	if i.goneUnpolled() {
		return nil
	}
	for n, o := range i.operations {
		latest := n == len(i.operations)-1
		if o.state != "" && o.state != inProgress && (!latest || dice.IntN(again) > 0) || !latest && i.ending {
			continue
		}
		if err := p.poll(ctx, dice, i, o); err != nil {
			return err
		}
	}
	return nil
}

func (p *platform) poll(ctx context.Context, dice *rand.Rand, i *instance, o *operation) error {
	a, _, err := p.persist(ctx, dice, i.name(), http.MethodGet, instancePath(i.id)+"/last_operation?operation="+o.token, nil)
	if err != nil {
		return err
	}
	return p.judgePoll(ctx, i, o, a)
}
