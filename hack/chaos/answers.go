// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"k8s.io/apimachinery/pkg/types"
)

// States of an operation.
const (
	inProgress = "in progress"
	succeeded  = "succeeded"
	failed     = "failed"
)

// lie notes an answer that is not true, as a violation.
func (p *platform) lie(i *instance, rule string, a fmt.Stringer, why ...any) {
	p.book.violate(violation{
		rule: "every answer to a platform is true", about: []string{i.name()},
		text: fmt.Sprintf("%s: %s, but the answer was %s %s", i.id, rule, mask(a.String()), fmt.Sprint(why...)),
	})
}

// accept notes the operation that an answer names.
func (p *platform) accept(i *instance, a answer) {
	o := newOperation(a.word("operation"))
	if o == nil {
		p.lie(i, "202 names an operation", a)
		return
	}
	if !slices.ContainsFunc(i.operations, func(known *operation) bool { return known.token == o.token }) {
		o.version = p.version(i.service)
		i.operations = append(i.operations, o)
	}
}

func (p *platform) judgeProvision(ctx context.Context, i *instance, a answer, different bool) error {
	asked := len(i.operations) > 0
	switch {
	case a.busy() && asked:
		return nil
	case a.status == http.StatusConflict && different:
		return nil
	case a.status == http.StatusConflict && (i.loose || p.changed(i)):
		return nil // an order that the platform does not know of may have been carried out
	case a.status == http.StatusAccepted:
		p.accept(i, a)
	case a.status == http.StatusOK && (asked || i.loose): // a request that got no answer may have done it
	default:
		p.lie(i, "a provision is answered 202, or 200 when it is done, or 409 when it is another", a)
		return nil
	}
	if different && !i.loose {
		p.lie(i, "an order that differs is answered 409", a)
	}
	d, err := p.object(ctx, i)
	if err != nil {
		return err
	}
	switch {
	case d == nil:
		p.lie(i, "what was accepted is stored", a, "and there is no object")
	case a.status == http.StatusOK && d.Status.Applied == nil:
		p.lie(i, "200 means that it is done", a, "and nothing was applied")
	}
	return nil
}

// changed reports whether the platform itself changed an instance since it was ordered, so that the first order is another now.
func (p *platform) changed(i *instance) bool {
	return slices.ContainsFunc(i.operations, func(o *operation) bool { return o.verb == "update" })
}

func (p *platform) judgeUpdate(i *instance, a answer) error {
	switch a.status {
	case http.StatusAccepted:
		p.accept(i, a)
	case http.StatusOK:
	default:
		if a.busy() || a.broken() {
			return nil
		}
		p.lie(i, "an update is answered 202, or 200 when nothing changes", a)
	}
	return nil
}

func (p *platform) judgeDeprovision(ctx context.Context, i *instance, a answer) error {
	switch a.status {
	case http.StatusAccepted:
		p.accept(i, a)
		return nil
	case http.StatusOK, http.StatusGone:
	default:
		if i.ending = !a.busy(); a.busy() {
			return nil
		}
		p.lie(i, "a deprovision is answered 202, or 200 or 410 when it is gone", a)
		return nil
	}
	i.over = true
	d, err := p.object(ctx, i)
	if err != nil {
		return err
	}
	if d != nil && !i.loose {
		p.lie(i, "200 and 410 mean that it is gone", a, "and there is an object")
	}
	p.mustBeGone(i, a)
	return nil
}

// mustBeGone looks for what an instance that is said to be gone has left at a Manager.
func (p *platform) mustBeGone(i *instance, a answer) {
	for _, o := range i.operations {
		remote := "k8s-" + o.uid
		for _, m := range p.managers {
			left, there := m.Deployment(remote)
			if !there {
				continue
			}
			if why := p.book.excuse(m.name, remote, left.Created); why != "" {
				p.book.note(remote, "spared: a platform was told that it is gone: %s", why)
				continue
			}
			p.lie(i, "what is said to be gone is gone at the Manager", a, "and "+m.name+" has "+remote)
			return
		}
	}
}

// judgePoll compares the state that an answer gives an operation with the truth.
func (p *platform) judgePoll(ctx context.Context, i *instance, o *operation, a answer) error {
	state := a.word("state")
	if a.status == http.StatusGone && o.verb == "deprovision" {
		state = succeeded
	}
	if a.status != http.StatusOK && a.status != http.StatusGone || state == "" {
		p.lie(i, "an operation that was accepted can be polled", a)
		return nil
	}
	if state != o.state {
		p.book.note(i.name(), "a platform is told of %s: %s", o.token, mask(a.String()))
		p.book.moved()
	}
	// A replica whose cache lags may once more call an operation in progress that is over; the next answer corrects it.
	if state == inProgress || state == o.state {
		o.state = state
		return nil
	}
	if o.end != "" && state != o.end && o == i.latest() && !p.repaired(i, o) {
		p.lie(i, fmt.Sprintf("%s was %s and stays so", o.token, o.end), a)
	}
	o.state, o.end = state, state
	if o.verb == "deprovision" {
		if state == succeeded {
			i.over = true
			p.mustBeGone(i, a)
		}
		return nil
	}
	return p.judgeEnd(ctx, i, o, a)
}

// repaired reports whether somebody else may have mended what failed: people who request a retry at the end, the author of the
// blueprint with a new revision, or a request that was carried out late.
func (p *platform) repaired(i *instance, o *operation) bool {
	return p.tending.Load() || o.end == failed && p.version(i.service) > o.version || p.book.wasLate("k8s-"+o.uid) != ""
}

// judgeEnd compares the end of a provision or an update with the object.
func (p *platform) judgeEnd(ctx context.Context, i *instance, o *operation, a answer) error {
	if i.ending {
		return nil // an instance that is being given back may fail
	}
	d, err := p.object(ctx, i)
	if err != nil {
		return err
	}
	seen, known := p.book.about(types.UID(o.uid))
	switch {
	case o.state == succeeded && (!known || seen.operation < o.number):
		p.lie(i, "succeeded means that the operation was applied", a, fmt.Sprintf("and only %d was", seen.operation))
	case o.state == failed && known && !seen.stalled && d != nil && string(d.UID) == o.uid && d.DeletionTimestamp.IsZero() && d.Spec.OSB.Operation.Number == o.number:
		p.lie(i, "failed means that only another request can help", a, "and the object never was Stalled")
	}
	return nil
}

func (p *platform) judgeBind(i *instance, a answer) {
	switch a.status {
	case http.StatusCreated, http.StatusOK:
		credentials, _ := a.body["credentials"].(map[string]any)
		url, _ := credentials["url"].(string)
		if !slices.ContainsFunc(i.ports, func(port int) bool { return url == urlAt(port) }) {
			p.lie(i, fmt.Sprintf("the credentials are the deployment's, with one of the ports %v", i.ports), a)
		}
	default:
		if a.busy() || a.broken() {
			return
		}
		p.lie(i, "a bind of what is provisioned is answered 201 or 200", a)
	}
}

func urlAt(port any) string { return fmt.Sprintf("http://cellar.example.com:%v", port) }

// outstanding returns the instances whose latest operation is not over.
func (p *platform) outstanding() (names []string) {
	for _, i := range p.all {
		if o := i.latest(); o != nil && !i.goneUnpolled() && (o.state == "" || o.state == inProgress) {
			names = append(names, i.name())
		}
	}
	return names
}
