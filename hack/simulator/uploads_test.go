// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestArchiveURLInRealTime(t *testing.T) {
	c := newCaller(t, Options{TimeScale: 50})
	arrived, release := make(chan struct{}), make(chan struct{})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		_, _ = w.Write(Zip(cellar))
	}))
	defer site.Close()
	c.ok("PUT", "blueprints/b?async_upload=true&blueprint_archive_url="+url.QueryEscape(site.URL+"/cellar.zip"), "")
	state := func() any { return c.ok("GET", "blueprints/b?_include=state", "")["state"] }
	c.Eventually(func() bool {
		select {
		case <-arrived:
			return true
		default:
			state() // the simulator works while it is asked
			return false
		}
	}).Should(BeTrue())
	c.Expect(state()).To(Equal("uploading"), "a slow download keeps nobody waiting")
	close(release)
	c.Eventually(state).Should(Equal("uploaded"))
}

func TestBlueprintThatFailedGivesWay(t *testing.T) {
	c := newCaller(t, Options{})
	c.ok("PUT", "blueprints/b?async_upload=true", string(Zip(map[string]string{"blueprint.yaml": "foo: {bar"})))
	c.refused(http.StatusConflict, "conflict_error", "PUT", "blueprints/b?async_upload=true", string(Zip(cellar)))
	c.sim.Step(time.Minute)
	b, _ := c.sim.Blueprint("b")
	c.Expect(b.State).To(Equal("invalid"))
	c.Expect(b.Error).To(HavePrefix("Invalid blueprint - Failed to parse DSL"))
	c.ok("PUT", "blueprints/b", string(Zip(cellar)))
	b, _ = c.sim.Blueprint("b")
	c.Expect(b.State).To(Equal("uploaded"), "a synchronous upload has ended when it is answered")
	c.refused(http.StatusConflict, "conflict_error", "PUT", "blueprints/b", string(Zip(cellar)))
}

func TestBlueprintRemovedWhileItIsRead(t *testing.T) {
	c := newCaller(t, Options{})
	c.ok("PUT", "blueprints/b?async_upload=true", string(Zip(cellar)))
	c.sim.Step(c.sim.worker.dispatch)
	c.refused(http.StatusBadRequest, "invalid_blueprint_error", "DELETE", "blueprints/b", "")
	c.ok("DELETE", "blueprints/b?force=true", "")
	c.sim.Step(time.Minute)
	c.Expect(c.sim.Blueprints()).To(BeEmpty())
	c.Expect(c.sim.Executions("")).To(BeEmpty())
}
