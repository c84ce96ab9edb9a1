// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/flood"
)

// maxFloodMemory is what the operator may have while strangers are at its door, in bytes.
const maxFloodMemory = 300 << 20

// Strangers who hold unfinished requests by the thousand cost little memory, and an honest caller is served all the while.
// CLOUDIFY_FLOOD says how many there are; with all that are allowed the caller must also be served within a second.
func TestStrangersAtTheDoor(t *testing.T) {
	g := NewWithT(t)
	e := openEndpoint(t)
	strangers, whole, args := 2000, os.Getenv("CLOUDIFY_FLOOD"), e.flags()
	if whole != "" {
		var err error
		strangers, err = strconv.Atoi(whole)
		g.Expect(err).NotTo(HaveOccurred())
	} else { // few places, to be taken on a slow machine too, and still more than twice the addresses of strangers
		args = append(args, "--osb-max-connections=120")
	}
	o := startOperator(t, args...)
	ask := func(ctx context.Context, client *http.Client) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url+"/v2/catalog", nil)
		if err != nil {
			return err
		}
		request.SetBasicAuth("platform", "to-be-replaced")
		request.Header.Set("X-Broker-API-Version", "2.17")
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("the catalog is answered %s", answer.Status)
		}
		return nil
	}
	before := o.memory()

	ctx, stop := context.WithCancel(t.Context())
	var watch sync.WaitGroup
	most := before
	watch.Go(func() {
		for ctx.Err() == nil {
			most = max(most, o.memory())
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	report, err := flood.Run(t.Context(), flood.Options{
		Address: e.url[len("https://"):], Strangers: strangers, Rate: 500, Time: floodTime(strangers), Honest: ask,
		HeaderBytes: []int{63 << 10, 15 << 10}, // too long, and as long as may be waited for
	})
	stop()
	watch.Wait()
	g.Expect(err).NotTo(HaveOccurred())
	t.Logf("%v; memory of the operator: %d MB before, %d MB at most", report, before>>20, most>>20)
	g.Expect(report.Err).NotTo(HaveOccurred())
	g.Expect(most).To(BeNumerically("<", int64(maxFloodMemory)))
	if whole != "" {
		g.Expect(report.Slowest()).To(BeNumerically("<", time.Second))
	}
	g.Expect((&story{WithT: g, t: t}).get("http://" + o.metrics + "/metrics")).To(MatchRegexp(`cloudify_operator_broker_connections_refused_total\{reason="displaced"\} [1-9]`))
}

// floodTime is enough for all of them to come, and to stay for a while.
func floodTime(strangers int) time.Duration {
	return 10*time.Second + time.Duration(strangers)*time.Second/500
}

// memory is what the operator's process has, in bytes.
func (o *operator) memory() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.process == nil {
		return 0
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", o.process.cmd.Process.Pid))
	if err != nil {
		o.t.Errorf("read the operator's memory: %v", err)
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, is := strings.CutPrefix(line, "VmRSS:"); is {
			kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				o.t.Errorf("read the operator's memory: %v", err)
			}
			return kilobytes << 10
		}
	}
	return 0
}
