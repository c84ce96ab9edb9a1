// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator/internal/dsl"
)

// downloadTimeout bounds the download of an archive, in real time.
const downloadTimeout = 10 * time.Second

type download struct {
	archive []byte
	err     error
}

// fetch plans the download of an archive. It goes on beside the simulator, and in real time: a
// clock that runs looks again, one that is stepped waits.
func (s *Simulator) fetch(r *run, b *blueprint, from string) {
	done := make(chan download, 1)
	r.then(0, func() error {
		b.state = blueprintUploading
		go func() {
			archive, err := get(from)
			done <- download{archive, err}
		}()
		return nil
	})
	var look func() error
	look = func() error {
		var d download
		if s.clock.stepped {
			d = <-done
		} else {
			select {
			case d = <-done:
			default:
				r.first(step{r.sim.worker.task, look})
				return nil
			}
		}
		b.archive = d.archive
		if d.err == nil {
			_, d.err = dsl.Unpack(d.archive)
			if refusal, ok := errors.AsType[*dsl.Error](d.err); ok && refusal.State != dsl.StateFailedUploading {
				d.err = nil // found when the archive is extracted
			}
		}
		if d.err != nil {
			b.fail(&dsl.Error{State: dsl.StateFailedUploading, Message: d.err.Error()})
		}
		return d.err
	}
	r.then(r.sim.worker.task, look)
}

func get(from string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), downloadTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, fmt.Errorf("Invalid URL '%s'", from) //nolint:staticcheck // the Manager's words
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, connectionError(request.URL, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= http.StatusBadRequest {
		side := "Client"
		if answer.StatusCode >= http.StatusInternalServerError {
			side = "Server"
		}
		return nil, fmt.Errorf("%d %s Error: %s for url: %s", answer.StatusCode, side, http.StatusText(answer.StatusCode), from)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxBody))
}

// connectionError tells in the words of the Manager's HTTP library that nobody answered.
func connectionError(to *url.URL, err error) error {
	port := to.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[to.Scheme]
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		err = errors.New("[Errno 111] Connection refused")
	}
	return fmt.Errorf("HTTPConnectionPool(host='%s', port=%s): Max retries exceeded with url: %s (Caused by NewConnectionError("+
		"'<urllib3.connection.HTTPConnection object at 0x7f5bc0a2e8d0>: Failed to establish a new connection: %w'))",
		to.Hostname(), port, to.RequestURI(), err)
}
