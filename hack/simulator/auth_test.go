// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// withToken asks for the version and returns the status.
func (c caller) withToken(value string) int {
	r := httptest.NewRequest("GET", apiRoot+"version", nil)
	r.Header.Set("Authentication-Token", value)
	w := httptest.NewRecorder()
	c.sim.ServeHTTP(w, r)
	return w.Code
}

func (c caller) withPassword(password string) int {
	r := httptest.NewRequest("GET", apiRoot+"version", nil)
	r.SetBasicAuth("admin", password)
	w := httptest.NewRecorder()
	c.sim.ServeHTTP(w, r)
	return w.Code
}

func TestLockout(t *testing.T) {
	c := newCaller(t, Options{LockAfter: 3, LockFor: time.Minute})
	for range 2 {
		c.Expect(c.withPassword("wrong")).To(Equal(http.StatusUnauthorized))
	}
	c.Expect(c.withPassword("admin")).To(Equal(http.StatusOK), "the right one ends the count")
	for range 3 {
		c.Expect(c.withPassword("wrong")).To(Equal(http.StatusUnauthorized))
	}
	c.Expect(c.withPassword("admin")).To(Equal(http.StatusUnauthorized), "locked")
	c.sim.Step(time.Minute)
	c.Expect(c.withPassword("admin")).To(Equal(http.StatusOK))
}

func TestPasswordChange(t *testing.T) {
	c := newCaller(t, Options{Password: "first"})
	c.Expect(c.withPassword("first")).To(Equal(http.StatusOK))
	c.sim.SetPassword("second")
	c.Expect(c.withPassword("first")).To(Equal(http.StatusUnauthorized))
	c.Expect(c.withPassword("second")).To(Equal(http.StatusOK))
}

func TestTokens(t *testing.T) {
	c := newCaller(t, Options{})
	forever, brief := c.sim.CreateToken(0), c.sim.CreateToken(time.Hour)
	c.Expect(c.withToken(forever)).To(Equal(http.StatusOK))
	c.Expect(c.withToken(brief)).To(Equal(http.StatusOK))
	c.sim.Step(time.Hour)
	c.Expect(c.withToken(forever)).To(Equal(http.StatusOK))
	c.Expect(c.withToken(brief)).To(Equal(http.StatusUnauthorized), "expired")
	c.sim.RevokeTokens()
	c.Expect(c.withToken(forever)).To(Equal(http.StatusUnauthorized))

	minted := c.ok("POST", "tokens", `{"expiration_date": "+2h"}`)
	c.Expect(c.withToken(minted["value"].(string))).To(Equal(http.StatusOK))
	c.sim.Step(2 * time.Hour)
	c.Expect(c.withToken(minted["value"].(string))).To(Equal(http.StatusUnauthorized))
}
