// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// A request ends with its connection, at its deadline and when it is answered, and so does all that is done for it.
func TestAVisitEnds(t *testing.T) {
	for name, end := range map[string]func(v *visit, hangUp context.CancelFunc){
		"the platform hangs up":  func(_ *visit, hangUp context.CancelFunc) { hangUp() },
		"the time is over":       func(*visit, context.CancelFunc) {},
		"the answer was written": func(v *visit, _ context.CancelFunc) { v.end() },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			connection, hangUp := context.WithCancel(t.Context())
			defer hangUp()
			v, r := begin(httptest.NewRecorder(), httptest.NewRequestWithContext(connection, "GET", "/v2/catalog", nil))
			g.Expect(visitOf(r)).To(BeIdenticalTo(v))
			g.Expect(v.timed).To(BeNil(), "nobody waits yet")
			until, limited := r.Context().Deadline()
			g.Expect(limited).To(BeTrue())
			g.Expect(time.Until(until)).To(BeNumerically("~", maxTime, 10*time.Second))
			v.until = time.Now().Add(time.Hour)
			if name == "the time is over" {
				v.until = time.Now()
			}
			part, stop := context.WithTimeout(r.Context(), time.Hour)
			defer stop()
			g.Expect(visitOf(r.WithContext(part))).To(BeIdenticalTo(v))
			if name != "the time is over" {
				g.Expect(part.Err()).NotTo(HaveOccurred())
			}
			end(v, hangUp)
			g.Eventually(part.Done()).Should(BeClosed())
			g.Expect(r.Context().Err()).To(HaveOccurred())
			g.Expect(r.Context().Done()).To(BeClosed())
		})
	}
}
