// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

const rowsOfOthers = 1000 // they fill the first page

// pagedManager answers as release 7.1 does, in pages. Deployments of ours are on the second page.
type pagedManager struct {
	ours   atomic.Int32 // how many deployments of ours are left
	broken atomic.Bool  // the second page is an error
	failed atomic.Int32 // how often it was
}

func (m *pagedManager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	offset, _ := strconv.Atoi(r.FormValue("_offset"))
	rows, total := []map[string]string{}, 0
	switch r.URL.Path {
	case "/api/v3.1/version":
		write(w, http.StatusOK, map[string]any{"version": "7.1.0", "edition": "community"})
		return
	case "/api/v3.1/deployments":
		if offset > 0 && m.broken.Load() {
			m.failed.Add(1)
			write(w, http.StatusInternalServerError, map[string]any{"error_code": "internal_server_error", "message": "Internal error"})
			return
		}
		total = rowsOfOthers + int(m.ours.Load())
		for i := offset; i < min(total, offset+rowsOfOthers); i++ {
			id := "another-" + strconv.Itoa(i)
			if i >= rowsOfOthers {
				id = deploymentID(i - rowsOfOthers)
			}
			rows = append(rows, map[string]string{"id": id, "blueprint_id": "nodecellar", "installation_status": "active"})
		}
	}
	write(w, http.StatusOK, map[string]any{
		"items": rows, "metadata": map[string]any{"pagination": map[string]any{"total": total, "size": rowsOfOthers, "offset": offset}},
	})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have left
}

func TestAListThatBreaksOffProvesNoAbsence(t *testing.T) {
	g := NewWithT(t)
	remote := &pagedManager{}
	remote.ours.Store(10)
	server := httptest.NewServer(remote)
	defer server.Close()
	client, err := cloudify.New(cloudify.Config{
		Endpoint: server.URL, Tenant: "default_tenant", Username: "admin", Password: "admin", QPS: 1000, Burst: 1000,
	})
	g.Expect(err).ToNot(HaveOccurred())

	w := New(Options{Busy: 10 * time.Millisecond, Idle: 20 * time.Millisecond, List: 20 * time.Millisecond})
	deployments, managers := newController(t, w.Deployments()), newController(t, w.Managers())
	for i := range 10 {
		w.Track(at, deploymentID(i), objectOf(deploymentID(i)), true)
	}
	w.Open(at, client)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.Start(ctx) }()
	seen := func() Seen {
		_, seen := w.Look(at, deploymentID(9))
		return seen
	}
	g.Eventually(seen).WithTimeout(10 * time.Second).Should(Equal(Present))
	deployments.take() // who looked before the first list

	remote.broken.Store(true)
	g.Eventually(remote.failed.Load).WithTimeout(10 * time.Second).Should(BeNumerically(">", 3))
	g.Expect(seen()).To(Equal(Present))
	g.Expect(deployments.take()).To(BeEmpty())

	remote.ours.Store(9)
	remote.broken.Store(false)
	g.Eventually(seen).WithTimeout(10 * time.Second).Should(Equal(Absent))
	g.Expect(deployments.take()).To(HaveKey(objectOf(deploymentID(9))))
	g.Expect(managers.take()).To(BeEmpty())

	remote.ours.Store(0)
	lost := func() bool {
		_, _, lost := w.InventoryLost(at)
		return lost
	}
	g.Eventually(lost).WithTimeout(10 * time.Second).Should(BeTrue())
	g.Expect(managers.take()).To(Equal(managerWoken))
	cancel()
	g.Expect(<-ended).To(Succeed())
}
