// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Events are written by another process than statuses: the words of a failure arrive after the
// execution has ended.
const (
	eventLag        = 50 * time.Millisecond
	failureEventLag = time.Second
)

// event is something an execution reported.
type event struct {
	id            int
	time, visible time.Time
	execution     *execution
	kind, message string
	instance      *instance // nil unless it is about one
	operation     string
	cause         *taskError
}

func (s *Simulator) event(e *execution, kind, message string) *event {
	lag := eventLag
	if strings.HasSuffix(kind, "_failed") {
		lag = failureEventLag
	}
	s.eventCount++
	ev := &event{id: s.eventCount, time: s.clock.now(), execution: e, kind: kind, message: message}
	ev.visible = ev.time.Add(lag)
	s.events = append(s.events, ev)
	return ev
}

func (s *Simulator) nodeEvent(e *execution, i *instance, message string) {
	s.event(e, "workflow_node_event", message).instance = i
}

// removeEvents forgets what the executions of a deployment reported.
func (s *Simulator) removeEvents(d *deployment) {
	s.events = slices.DeleteFunc(s.events, func(ev *event) bool { return ev.execution.deployment == d })
}

var eventFields = resource[event]{kind: "Event", fields: []field[event]{
	{name: "_storage_id", value: func(ev *event) any { return ev.id }},
	{name: "timestamp", value: func(ev *event) any { return timestamp(ev.time) }},
	{name: "reported_timestamp", value: func(ev *event) any { return timestamp(ev.time) }},
	{name: "blueprint_id", value: func(ev *event) any { return textOrNull(ev.execution.blueprintID) }},
	{name: "deployment_id", value: func(ev *event) any {
		if ev.execution.deployment == nil {
			return nil
		}
		return ev.execution.deployment.id
	}},
	{name: "deployment_display_name", value: func(ev *event) any {
		if ev.execution.deployment == nil {
			return nil
		}
		return ev.execution.deployment.displayName
	}},
	{name: "execution_id", value: func(ev *event) any { return ev.execution.id }},
	constant[event]("execution_group_id", nil),
	{name: "workflow_id", value: func(ev *event) any { return ev.execution.workflow }},
	{name: "message", value: func(ev *event) any { return ev.message }},
	{name: "error_causes", value: (*event).causes},
	{name: "event_type", value: func(ev *event) any { return ev.kind }},
	{name: "operation", value: func(ev *event) any { return textOrNull(ev.operation) }},
	constant[event]("source_id", nil),
	constant[event]("target_id", nil),
	constant[event]("manager_name", managerName),
	constant[event]("agent_name", "mgmtworker"),
	{name: "node_instance_id", value: func(ev *event) any {
		if ev.instance == nil {
			return nil
		}
		return ev.instance.id
	}},
	{name: "node_name", value: func(ev *event) any {
		if ev.instance == nil {
			return nil
		}
		return ev.instance.node.ID
	}},
	constant[event]("type", "cloudify_event"),
}}

func (ev *event) causes() any {
	if ev.cause == nil {
		return nil
	}
	return []any{map[string]any{
		"message": ev.cause.message, "type": "NonRecoverableError", "traceback": ev.cause.traceback() + "\n",
	}}
}

// eventFilters are the names that a query may filter by, and the fields behind them.
var eventFilters = map[string]string{
	"blueprint_id": "blueprint_id", "deployment_id": "deployment_id", "event_type": "event_type",
	"execution_group_id": "execution_group_id", "execution_id": "execution_id", "level": "level", "message": "message",
	"node_id": "node_name", "node_instance_id": "node_instance_id", "operation": "operation",
}

// eventsLimit is the page of a list of events that asks for no size.
const eventsLimit = 10000

// listEvents has a query language of its own: patterns for messages and operations, no total of
// what was filtered, and logs beside events. The simulator's operations log nothing.
func listEvents(r *request) (*response, error) {
	query := r.URL.Query()
	p, err := pageOf(query, eventsLimit)
	if err != nil {
		return nil, err
	}
	rows, err := r.sim.filterEvents(query)
	if err != nil {
		return nil, err
	}
	keys := slices.Clone(query["_sort"])
	for i := range keys {
		keys[i] = strings.Replace(keys[i], "@timestamp", "timestamp", 1)
	}
	if rows, err = eventFields.sorted(rows, keys); err != nil {
		return nil, err
	}
	include, err := eventFields.included(r)
	if err != nil {
		return nil, err
	}
	shown := pageResponse(&eventFields, rows, include, p, nil)
	delete(shown["metadata"].(map[string]any), "filtered")
	return answer(http.StatusOK, shown)
}

func (s *Simulator) filterEvents(query url.Values) ([]*event, error) {
	now := s.clock.now()
	rows := slices.DeleteFunc(slices.Clone(s.events), func(ev *event) bool { return ev.visible.After(now) })
	for name, wanted := range query {
		if strings.HasPrefix(name, "_") || name == "type" {
			continue
		}
		field := eventFilters[strings.TrimSuffix(name, ".text")]
		if field == "" {
			return nil, badParameters("Unknown field to filter by: %s. Allowed values: %s", name,
				strings.Join(slices.Sorted(maps.Keys(eventFilters)), ", "))
		}
		if field == "level" {
			return nil, nil
		}
		f := eventFields.field(field)
		rows = slices.DeleteFunc(rows, func(ev *event) bool {
			text, ok := asText(f.query(ev))
			if field == "message" || field == "operation" {
				return !ok || !slices.ContainsFunc(wanted, func(pattern string) bool { return like(text, pattern) })
			}
			return !ok || !slices.Contains(wanted, text)
		})
	}
	if types := query["type"]; len(types) > 0 && !slices.Contains(types, "cloudify_event") {
		return nil, nil
	}
	return rows, nil
}

// like matches an SQL pattern of words and %, in any case.
func like(text, pattern string) bool {
	text, pattern = strings.ToLower(text), strings.ToLower(pattern)
	parts := strings.Split(pattern, "%")
	if len(parts) == 1 {
		return text == pattern
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
