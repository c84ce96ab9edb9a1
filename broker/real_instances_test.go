// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
)

const (
	conflict = `"error":"ConcurrencyError"`
	needed   = `"error":"AsyncRequired"`
	broken   = `could not be created: because of InstallFailed`
)

// What each request meets, in each state of an instance. {uid} stands for the object's.
func TestInstanceMeets(t *testing.T) {
	s := openShop(t)
	same, other := putBody(`{"region": "east"}`), putBody(`{"region": "west"}`)
	states := []struct {
		name  string
		state state
	}{
		{"nothing", nothing}, {"running", beingMade}, {"ready", ready}, {"failed", failedToProvision}, {"updating", updating},
		{"update failed", failedToUpdate}, {"deleting", deletingInstance}, {"delete failed", failedToDelete}, {"gone", gone}, {"by hand", byHand},
	}
	type want struct {
		status int
		body   string // is in the body
	}
	for i, question := range []struct {
		name, method, path, body string
		wanted                   map[string]want
	}{
		{"PUT same", "PUT", async, same, map[string]want{
			"nothing": {202, `"operation":"provision.{uid}.1"`}, "running": {202, `"operation":"provision.{uid}.1"`}, "ready": {200, `{}`},
			"failed": {202, `"operation":"provision.{uid}.1"`}, "updating": {409, ""}, "update failed": {409, ""},
			"deleting": {422, conflict}, "delete failed": {422, conflict}, "gone": {202, `"operation":"provision.{uid}.1"`}, "by hand": {409, ""},
		}},
		{"PUT other", "PUT", async, other, map[string]want{
			"nothing": {202, ""}, "running": {409, ""}, "ready": {409, ""}, "failed": {409, ""}, "updating": {202, `"operation":"update.{uid}.2"`},
			"update failed": {202, `"operation":"update.{uid}.2"`}, "deleting": {422, conflict}, "delete failed": {422, conflict}, "gone": {202, ""}, "by hand": {409, ""},
		}},
		{"PUT without async", "PUT", "", same, map[string]want{
			"nothing": {422, needed}, "running": {422, needed}, "ready": {422, needed}, "failed": {422, needed}, "updating": {422, needed},
			"update failed": {422, needed}, "deleting": {422, needed}, "delete failed": {422, needed}, "gone": {422, needed}, "by hand": {422, needed},
		}},
		{"PATCH that changes nothing", "PATCH", async, `{"service_id": "cellar-id", "context": {"platform": "kubernetes"}}`, map[string]want{
			"nothing": {404, ""}, "running": {422, conflict}, "ready": {200, `{}`}, "failed": {422, broken}, "updating": {202, `"operation":"update.{uid}.2"`},
			"update failed": {202, `"operation":"update.{uid}.2"`}, "deleting": {422, conflict}, "delete failed": {422, conflict}, "gone": {404, ""}, "by hand": {404, ""},
		}},
		{"PATCH", "PATCH", async, westBody, map[string]want{
			"nothing": {404, ""}, "running": {422, conflict}, "ready": {202, `"operation":"update.{uid}.2"`}, "failed": {422, broken},
			"updating": {202, `"operation":"update.{uid}.2"`}, "update failed": {202, `"operation":"update.{uid}.2"`},
			"deleting": {422, conflict}, "delete failed": {422, conflict}, "gone": {404, ""}, "by hand": {404, ""},
		}},
		{"PATCH to another plan", "PATCH", async, `{"service_id": "cellar-id", "plan_id": "large-id"}`, map[string]want{
			"ready": {202, `"operation":"update.{uid}.2"`}, "updating": {422, conflict}, "update failed": {202, `"operation":"update.{uid}.3"`},
		}},
		{"PATCH without async", "PATCH", "", westBody, map[string]want{"nothing": {422, needed}, "ready": {422, needed}, "updating": {422, needed}}},
		{"DELETE", "DELETE", removal, "", map[string]want{
			"nothing": {410, `{}`}, "running": {202, `"operation":"deprovision.{uid}.1"`}, "ready": {202, `"operation":"deprovision.{uid}.1"`},
			"failed": {202, `"operation":"deprovision.{uid}.1"`}, "updating": {202, `"operation":"deprovision.{uid}.2"`},
			"update failed": {202, `"operation":"deprovision.{uid}.2"`}, "deleting": {202, `"operation":"deprovision.{uid}.1"`},
			"delete failed": {202, `"operation":"deprovision.{uid}.2"`}, "gone": {410, `{}`}, "by hand": {410, `{}`},
		}},
		{"DELETE with another plan", "DELETE", async + "&service_id=x&plan_id=y", "", map[string]want{"ready": {202, ""}, "updating": {202, ""}}},
		{"DELETE without async", "DELETE", "?" + hints, "", map[string]want{"nothing": {422, needed}, "ready": {422, needed}, "gone": {422, needed}}},
		{"GET", "GET", "", "", map[string]want{
			"nothing": {404, ""}, "running": {404, ""}, "ready": {200, `"parameters":{"region":"east"}`}, "failed": {404, ""}, "updating": {422, conflict},
			"update failed": {200, `"plan_id":"small-id"`}, "deleting": {404, ""}, "delete failed": {404, ""}, "gone": {404, ""}, "by hand": {404, ""},
		}},
		{"GET with hints that are wrong", "GET", "?service_id=x&plan_id=y", "", map[string]want{"ready": {200, `"service_id":"cellar-id"`}}},
	} {
		for j, row := range states {
			wanted, tried := question.wanted[row.name]
			if !tried {
				continue
			}
			t.Run(question.name+"/"+row.name, func(t *testing.T) {
				g, id := NewWithT(t), fmt.Sprintf("x%d-%d", i, j)
				row.state(s, id)
				a := s.ask(question.method, pathOf(id)+question.path, question.body)
				g.Expect(a.status).To(Equal(wanted.status), a.raw)
				g.Expect(a.raw).To(ContainSubstring(s.filled(wanted.body, id)))
				switch a.status {
				case 200, 410:
					g.Expect(a.body).NotTo(HaveKey("operation"))
				case 404, 409, 422:
					g.Expect(a.body).To(HaveKey("description"))
				}
			})
		}
	}
}
