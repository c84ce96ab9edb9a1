// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// hanging is a Manager that accepts every request and answers none until the test ends, or only the beginning of an answer.
func hanging(t *testing.T, begin string) (endpoint string, arrived <-chan string) {
	t.Helper()
	over, asked := make(chan struct{}), make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if begin != "" {
			_, _ = io.WriteString(w, begin)
			_ = http.NewResponseController(w).Flush()
		}
		asked <- r.Method
		<-over
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(over) })
	return server.URL, asked
}

func knowing(t *testing.T, config Config) *Client {
	t.Helper()
	client := connect(t, config)
	client.release.Store(&Release{7, 1, 0})
	return client
}

// What reads is given up with its client, be it before the answer or within; the Manager is not to blame.
func TestCloseGivesUpReads(t *testing.T) {
	for name, begin := range map[string]string{"no answer": "", "half an answer": `{"items": [`} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			endpoint, arrived := hanging(t, begin)
			client := knowing(t, Config{Endpoint: endpoint})
			done := make(chan error)
			go func() {
				_, err := client.ListDeployments(t.Context(), DeploymentFilter{})
				done <- err
			}()
			<-arrived
			client.Close()
			err := <-done
			g.Expect(IsAbandoned(err)).To(BeTrue(), "%v", err)
			g.Expect(IsUnreachable(err)).To(BeFalse())

			err = client.DeleteDeployment(t.Context(), "a", false)
			g.Expect(IsAbandoned(err)).To(BeTrue(), "nothing is sent any more: %v", err)
			g.Expect(arrived).NotTo(Receive())
		})
	}
}

// What changes something goes on: nobody else learns what became of it.
func TestCloseLeavesChanges(t *testing.T) {
	g := NewWithT(t)
	endpoint, arrived := hanging(t, "")
	client := knowing(t, Config{Endpoint: endpoint})
	done := make(chan error, 1)
	go func() { done <- client.DeleteDeployment(t.Context(), "a", false) }()
	<-arrived
	client.Close()
	g.Consistently(done).WithTimeout(200 * time.Millisecond).ShouldNot(Receive())
}

// A read without an answer is an outage, a change without one may be under way, and a caller without time knows nothing.
func TestWhoRanOutOfTime(t *testing.T) {
	for _, row := range []struct {
		name                         string
		change, brief                bool
		unreachable, late, abandoned bool
	}{
		{"a read", false, false, true, false, false},
		{"a change", true, false, true, true, false},
		{"the caller of a read", false, true, false, false, true},
		{"the caller of a change", true, true, true, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			endpoint, _ := hanging(t, "")
			config := Config{Endpoint: endpoint, Timeout: 50 * time.Millisecond}
			ctx := t.Context()
			if row.brief {
				config.Timeout = time.Minute
				brief, cancel := Brief(ctx, 50*time.Millisecond)
				defer cancel()
				ctx = brief
			}
			err := ask(ctx, knowing(t, config), row.change)
			g.Expect(IsUnreachable(err)).To(Equal(row.unreachable), "%v", err)
			g.Expect(IsLate(err)).To(Equal(row.late), "%v", err)
			g.Expect(IsAbandoned(err)).To(Equal(row.abandoned), "%v", err)
		})
	}
}

func ask(ctx context.Context, client *Client, change bool) error {
	if change {
		return client.DeleteDeployment(ctx, "a", false)
	}
	_, err := client.GetDeployment(ctx, "a")
	return err
}
