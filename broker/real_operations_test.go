// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// filled is a text about an instance, with the UID of its object.
func (s *shop) filled(text, id string) string {
	if !strings.Contains(text, "{uid}") {
		return text
	}
	return strings.ReplaceAll(text, "{uid}", string(s.object(id).UID))
}

// What a poll is told, in each state, for a token and without one. Service and plan of a poll decide nothing.
func TestPolls(t *testing.T) {
	s := openShop(t)
	const progress, succeeded, failure = "in progress", "succeeded", "failed"
	for i, row := range []struct {
		name      string
		state     state
		operation string
		status    int
		answer    string // the state, "" where there is none
		also      string // is in the body
	}{
		{"nothing", nothing, "", 404, "", ""},
		{"nothing, a word", nothing, "provision", 404, "", ""},
		{"never created under this token", nothing, "provision.5c9ee825-bee8-4fd0-93b1-b6dfecf6dfee.1", 200, failure, "deleted by somebody else"},
		{"deleted under this token", nothing, "deprovision.5c9ee825-bee8-4fd0-93b1-b6dfecf6dfee.1", 200, succeeded, ""},
		{"running", beingMade, "provision.{uid}.1", 200, progress, ""},
		{"running, no token", beingMade, "", 200, progress, ""},
		{"ready", ready, "provision.{uid}.1", 200, succeeded, ""},
		{"ready, a word", ready, "provision", 200, succeeded, ""},
		{"ready, unparsable", ready, "provision.x", 200, succeeded, ""},
		{"ready, another object's token", ready, "provision.5c9ee825-bee8-4fd0-93b1-b6dfecf6dfee.1", 200, failure, "deleted by somebody else"},
		{"ready, and asked of a deletion that was none", ready, "deprovision.{uid}.1", 200, failure, `"instance_usable":true`},
		{"failed", failedToProvision, "provision.{uid}.1", 200, failure, "because of InstallFailed"},
		{"failed, no token", failedToProvision, "", 200, failure, "because of InstallFailed"},
		{"failed, asked again", askedAgain, "provision.{uid}.2", 200, progress, ""},
		{"failed, asked again, the former one", askedAgain, "provision.{uid}.1", 200, failure, "a later request replaced this one"},
		{"updating", updating, "update.{uid}.2", 200, progress, ""},
		{"updating, and asked of the provision", updating, "provision.{uid}.1", 200, succeeded, ""},
		{"update failed", failedToUpdate, "update.{uid}.2", 200, failure, `"instance_usable":true,"update_repeatable":true`},
		{"update failed, by its inputs", wrongInputs, "update.{uid}.2", 200, failure, `"update_repeatable":false`},
		{"update failed, and asked of the provision", failedToUpdate, "provision.{uid}.1", 200, succeeded, ""},
		{"deleting", deletingInstance, "deprovision.{uid}.1", 200, progress, ""},
		{"deleting, no token", deletingInstance, "", 200, progress, ""},
		{"deleting, and asked of the provision", deletingInstance, "provision.{uid}.1", 200, succeeded, ""},
		{"deleting before it was there", deletedWhileRunning, "provision.{uid}.1", 200, failure, "is being deleted"},
		{"deleting in an update", deletedWhileUpdating, "update.{uid}.2", 200, failure, `"instance_usable":false`},
		{"delete failed", failedToDelete, "deprovision.{uid}.1", 200, failure, `"instance_usable":false`},
		{"delete failed, no token", failedToDelete, "", 200, failure, "because of UninstallFailed"},
		{"gone, no token", gone, "", 200, succeeded, ""},
		{"gone, a word", gone, "deprovision", 200, succeeded, ""},
		{"by hand", byHand, "", 404, "", ""},
		{"by hand, a token", byHand, "provision.{uid}.1", 200, failure, "deleted by somebody else"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, id := NewWithT(t), fmt.Sprint("p", i)
			row.state(s, id)
			path := pathOf(id) + "/last_operation?service_id=x&plan_id=y"
			if row.operation != "" {
				path += "&operation=" + url.QueryEscape(s.filled(row.operation, id))
			}
			g.Eventually(func(g Gomega) { // in progress may come from the cache, which the next poll corrects
				a := s.ask("GET", path, "")
				g.Expect(a.status).To(Equal(row.status), a.raw)
				if row.answer != "" {
					g.Expect(a.body).To(HaveKeyWithValue("state", row.answer), a.raw)
				}
				g.Expect(a.raw).To(And(ContainSubstring(row.also), Not(ContainSubstring(adviceForKubectl))))
				g.Expect(a.header.Get("Retry-After") != "").To(Equal(row.answer == progress))
			}).WithTimeout(patience).Should(Succeed())
		})
	}
}

// askedAgain is the same request after the failure was told long ago.
func askedAgain(s *shop, id string) {
	failedToProvision(s, id)
	d := s.object(id)
	metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.OSBFailureToldAnnotation, `{"operation": 1, "at": "2026-01-01T00:00:00Z"}`)
	s.Expect(env.Client.Update(s.t.Context(), d)).To(Succeed())
	s.Expect(s.ask("PUT", pathOf(id)+async, putBody(`{"region": "east"}`)).status).To(Equal(202))
}

func wrongInputs(s *shop, id string) {
	updating(s, id)
	s.stalls(id, "InvalidInputs")
}

func deletedWhileRunning(s *shop, id string) {
	beingMade(s, id)
	s.Expect(s.ask("DELETE", pathOf(id)+removal, "").status).To(Equal(202))
}

func deletedWhileUpdating(s *shop, id string) {
	updating(s, id)
	s.Expect(s.ask("DELETE", pathOf(id)+removal, "").status).To(Equal(202))
}
