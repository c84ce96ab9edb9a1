// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Event is something that happened in an execution.
type Event struct {
	Type           string       `json:"event_type"`
	Message        string       `json:"message"`
	Causes         []EventCause `json:"error_causes"`
	Operation      string       `json:"operation"`
	NodeID         string       `json:"node_name"`
	NodeInstanceID string       `json:"node_instance_id"`
	ReportedAt     time.Time    `json:"reported_timestamp"`
}

// EventCause is an error behind an event, without its traceback.
type EventCause struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// Cause says what went wrong, in the Manager's words. It may hold values of
// inputs.
func (e *Event) Cause() string {
	for _, cause := range slices.Backward(e.Causes) {
		if cause := LastLine(cause.Message); cause != "" {
			return cause
		}
	}
	return LastLine(e.Message)
}

// FailureReason picks the event of ListFailures that says most: the newest with an error
// behind it; without one, the task that failed first; without one, the workflow's own
// end. It is empty if there are no events.
func FailureReason(failures []Event) string {
	reason := ""
	for _, event := range failures {
		switch {
		case len(event.Causes) > 0:
			return event.Cause()
		case event.Type == "task_failed", reason == "":
			reason = event.Cause()
		}
	}
	return reason
}

// Cause is why an execution failed: what the events of ListFailures say, with the node and operation that broke, or the execution's
// error.
func Cause(e *Execution, failures []Event) string {
	why := FailureReason(failures)
	if why == "" {
		return e.Error
	}
	for i := range failures {
		if cause := &failures[i]; cause.NodeInstanceID != "" {
			return fmt.Sprintf("%s (node %s, operation %s)", why, cause.NodeID, lastPart(cause.Operation))
		}
	}
	return why
}

// lastPart is the operation's own name: start of cloudify.interfaces.lifecycle.start.
func lastPart(operation string) string { return operation[strings.LastIndexByte(operation, '.')+1:] }

// maxFailures is enough to find the operation that failed first among those that
// fell with it.
const maxFailures = 20

// ListFailures lists why an execution failed, newest first: the workflow's own end,
// and before it the task that caused it. Events arrive a little after the execution
// has ended, so the list may be empty at first.
func (c *Client) ListFailures(ctx context.Context, executionID string) ([]Event, error) {
	events, err := readList[Event](ctx, c, "events", url.Values{
		"execution_id": {executionID},
		"event_type":   {"task_failed", "workflow_failed"},
		"_sort":        {"-reported_timestamp"},
	}, maxFailures)
	for i := range events {
		event := &events[i]
		event.Message = c.masker.text(event.Message)
		for j := range event.Causes {
			event.Causes[j].Message = c.masker.text(event.Causes[j].Message)
		}
	}
	return events, err
}
