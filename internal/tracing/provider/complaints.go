// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
)

// mistakes gathers what the SDK and its exporters complain of while they are built, which would be their only word about it.
type mistakes struct {
	mu   sync.Mutex
	said []error
}

func (m *mistakes) first() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.said) == 0 {
		return nil
	}
	return m.said[0]
}

// Handle is for the error handler.
func (m *mistakes) Handle(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said = append(m.said, err)
}

// Error is for the logger. The keys are left out: they hold values of variables.
func (m *mistakes) Error(err error, message string, _ ...any) {
	if err == nil {
		err = errors.New(message)
	} else {
		err = fmt.Errorf("%s: %w", message, err)
	}
	m.Handle(err)
}

func (m *mistakes) Init(logr.RuntimeInfo)          {}
func (m *mistakes) Enabled(int) bool               { return false }
func (m *mistakes) Info(int, string, ...any)       {}
func (m *mistakes) WithValues(...any) logr.LogSink { return m }
func (m *mistakes) WithName(string) logr.LogSink   { return m }

const (
	// complaintInterval is how far apart two lines of the log are about spans that cannot be sent: each batch may fail.
	complaintInterval = 5 * time.Minute
	// maxComplaint bounds one of them. A collector may answer with anything.
	maxComplaint = 300
	// minSecret is how many characters a header's value has that is taken for a secret.
	minSecret = 6
)

// complaints logs what goes wrong with sending spans, rarely and without the values of headers.
type complaints struct {
	masked *strings.Replacer
	now    func() time.Time
	log    func(text string, omitted int)

	mu      sync.Mutex
	last    time.Time
	omitted int
}

func newComplaints(secrets []string) *complaints {
	var pairs []string
	for _, secret := range secrets {
		for _, part := range append([]string{secret}, strings.Fields(secret)...) { // "Bearer …" may come back without its first word
			if len(part) >= minSecret {
				pairs = append(pairs, part, "******")
			}
		}
	}
	return &complaints{masked: strings.NewReplacer(pairs...), now: time.Now, log: func(text string, omitted int) {
		ctrl.Log.WithName("otel").Error(nil, "Cannot send traces", "why", text, "omitted", omitted)
	}}
}

// Handle is for the error handler.
func (c *complaints) Handle(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if !c.last.IsZero() && now.Sub(c.last) < complaintInterval {
		c.omitted++
		return
	}
	text := c.masked.Replace(err.Error())
	if len(text) > maxComplaint {
		text = strings.ToValidUTF8(text[:maxComplaint], "") + "…"
	}
	c.log(text, c.omitted)
	c.last, c.omitted = now, 0
}
