// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	. "github.com/onsi/gomega"
)

// Whoever waits for a server in vain reads which of its checks failed.
func TestWhatIsNotReady(t *testing.T) {
	g := NewWithT(t)
	answer, status := "[+]ping ok\n[-]informer-sync failed: reason withheld\n[+]etcd ok\n[-]shutdown failed: reason withheld\nreadyz check failed\n", http.StatusInternalServerError
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	defer server.Close()
	g.Expect(getOK(t.Context(), server.Client(), server.URL)).To(MatchError(HaveSuffix(
		"500 Internal Server Error: informer-sync failed: reason withheld, shutdown failed: reason withheld")))
	status = http.StatusOK
	g.Expect(getOK(t.Context(), server.Client(), server.URL)).To(Succeed())
}
