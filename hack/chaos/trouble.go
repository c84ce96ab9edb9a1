// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// What goes wrong. Finalizers that are taken away, objects that are deleted at once, and clients that do not wait are among
// what people and platforms do.
const (
	killOperator   kind = "kill operator"
	freezeOperator kind = "freeze operator"
	freezeLong     kind = "freeze operator past its lease"
	restartAPI     kind = "restart API server"
	restartEtcd    kind = "restart etcd"
	outage         kind = "Manager refuses connections"
	badGateway     kind = "Manager answers 502"
	silence        kind = "Manager is silent"
	errors5xx      kind = "Manager answers 5xx"
	tooMany        kind = "Manager answers 429"
	latency        kind = "latency"
	lostAnswers    kind = "lost answers"
	lateAnswers    kind = "late answers"
	lateRequests   kind = "late requests"
	failWorkflows  kind = "failing workflows"
	maintenance    kind = "maintenance"
	rotateLogin    kind = "rotated credentials"
	calm           kind = "calm"
)

var troubleChoices = []choice{
	{kind: killOperator, weight: 5},
	{kind: freezeOperator, weight: 2},
	{kind: freezeLong, weight: 3},
	{kind: restartAPI, weight: 2},
	{kind: restartEtcd, weight: 1},
	{kind: outage, weight: 2},
	{kind: badGateway, weight: 1},
	{kind: silence, weight: 1},
	{kind: errors5xx, weight: 3},
	{kind: tooMany, weight: 2},
	{kind: latency, weight: 3},
	{kind: lostAnswers, weight: 4},
	{kind: lateAnswers, weight: 2},
	{kind: lateRequests, weight: 3},
	{kind: failWorkflows, weight: 4},
	{kind: maintenance, weight: 1},
	{kind: rotateLogin, weight: 1},
	{kind: calm, weight: 6},
}

// failure is what workflows fail with: a message that contains a secret.
const failure = "cannot log in with {password}"

// trouble lets something go wrong. A goroutine of its own ends what lasts, so that troubles overlap.
func (w *world) trouble(ctx context.Context, s step) error {
	dice := s.dice()
	m, r := w.managers[dice.IntN(len(w.managers))], w.replicas[dice.IntN(len(w.replicas))]
	at := func(t trouble, lasts time.Duration) {
		t.name, t.until = string(s.kind), time.Now().Add(lasts)
		w.book.note("", "trouble: %s at %s for %s", s.kind, m.name, lasts.Round(time.Millisecond))
		w.book.afflict(m.name, lasts)
		m.door.befall(t)
	}
	switch s.kind {
	case killOperator:
		w.background(func() { w.restart(ctx, r.process, within(dice, 0, 3)) })
	case freezeOperator:
		w.background(func() { w.freeze(ctx, r, within(dice, 0.5, w.lease.Seconds()*0.8)) })
	case freezeLong:
		w.background(func() { w.freeze(ctx, r, w.lease+within(dice, 2, 10)) })
	case restartAPI:
		w.background(func() { w.restart(ctx, w.cluster.apiServer, within(dice, 0, 8)) })
	case restartEtcd:
		w.background(func() { w.restart(ctx, w.cluster.etcd, within(dice, 0, 5)) })
	case outage:
		at(trouble{left: -1, refuse: true}, within(dice, 2, 15))
	case badGateway:
		at(trouble{left: -1, status: http.StatusBadGateway}, within(dice, 2, 15))
	case silence:
		lasts := within(dice, 5, 20)
		at(trouble{left: -1, hold: lasts}, lasts)
	case errors5xx:
		at(trouble{left: 1 + dice.IntN(5), changing: dice.IntN(2) == 0, status: pick(dice, http.StatusInternalServerError, http.StatusServiceUnavailable)}, time.Minute)
	case tooMany:
		at(trouble{left: 1 + dice.IntN(6), status: http.StatusTooManyRequests, retryAfter: 1 + dice.IntN(4)}, time.Minute)
	case latency:
		at(trouble{left: -1, hold: within(dice, 0.1, 3)}, within(dice, 3, 15))
	case lostAnswers:
		at(trouble{left: 1 + dice.IntN(3), changing: true, lose: true}, time.Minute)
	case lateAnswers:
		at(trouble{left: 1 + dice.IntN(3), changing: dice.IntN(3) > 0, delay: within(dice, 2, 40)}, time.Minute)
	case lateRequests:
		at(trouble{left: 1 + dice.IntN(2), changing: true, hold: within(dice, 1, 40), drop: dice.IntN(3) > 0}, time.Minute)
	case failWorkflows:
		workflow := pick(dice, "install", "install", "update", "uninstall", "uninstall", "create_deployment_environment", "upload_blueprint", peoplesWorkflow)
		times := 1 + dice.IntN(2)
		w.book.note("", "trouble: %d times %s fails at %s", times, workflow, m.name)
		w.book.afflict(m.name, time.Minute)
		m.FailWorkflow(workflow, failure, times)
	case maintenance:
		w.background(func() { w.close(ctx, m, within(dice, 3, 12)) })
	case rotateLogin:
		w.background(func() { w.rotate(ctx, m, dice) })
	case calm:
	default:
		return errors.New("nobody knows what that is")
	}
	return nil
}

// background lets something go on that ends by itself.
func (w *world) background(do func()) { w.lasting.Go(do) }

// restart ends a process without a warning and starts it again after a while.
func (w *world) restart(ctx context.Context, p *process, away time.Duration) {
	w.restarting.Lock()
	defer w.restarting.Unlock()
	from := time.Now()
	w.book.note("", "trouble: %s is killed, for %s", p.name, away.Round(time.Millisecond))
	p.kill()
	sleep(ctx, away)
	if err := p.start(); err != nil {
		w.book.fail("%v", err)
	}
	w.book.note("", "%s is started", p.name)
	if p == w.cluster.apiServer || p == w.cluster.etcd {
		// One after the other, and never so often that nothing could ever come to an end.
		if err := await(ctx, p.name, func() error { return w.cluster.healthy(ctx) }); err != nil && ctx.Err() == nil {
			w.book.fail("%v", err)
		}
	}
	w.book.lapse(from, p.name+" was killed")
}

// freeze stops a replica for a while.
func (w *world) freeze(ctx context.Context, r *replica, lasts time.Duration) {
	from := time.Now()
	w.book.note("", "trouble: %s is frozen for %s", r.name, lasts.Round(time.Millisecond))
	r.freeze()
	sleep(ctx, lasts)
	r.thaw()
	w.book.note("", "%s is thawed", r.name)
	if lasts > w.lease/2 {
		w.book.lapse(from, r.name+" was frozen")
	}
}

// close puts a Manager into maintenance mode for a while.
func (w *world) close(ctx context.Context, m *manager, lasts time.Duration) {
	w.book.note("", "trouble: %s is in maintenance for %s", m.name, lasts.Round(time.Millisecond))
	w.book.afflict(m.name, lasts)
	m.SetMaintenance("activated")
	sleep(ctx, lasts)
	m.SetMaintenance("deactivated")
	w.book.note("", "%s is no longer in maintenance", m.name)
}

// rotate changes the password at a Manager, and some time later the Secret.
func (w *world) rotate(ctx context.Context, m *manager, dice *rand.Rand) {
	w.book.note("", "trouble: %s gets another password", m.name)
	w.book.afflict(m.name, time.Minute)
	m.rotate()
	sleep(ctx, within(dice, 0, 5))
	if err := w.publish(ctx, m); err != nil && ctx.Err() == nil {
		w.book.fail("rotate credentials: %v", err)
	}
}

// publish writes a Manager's password into its Secret.
func (w *world) publish(ctx context.Context, m *manager) error {
	secret := &corev1.Secret{}
	secret.Namespace, secret.Name = operatorNamespace, m.name
	_, err := w.change(ctx, secret, func() bool { secret.Data["password"] = []byte(m.login()); return true })
	w.book.note("", "the Secret of %s has its password", m.name)
	return err
}
