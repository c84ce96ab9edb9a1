// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// watched is one thing that a poll looked at.
type watched struct {
	what    string
	path    string
	first   map[string]any // as recorded at the first look
	wanted  []string       // its states as recorded
	seen    []string       // its states at the simulator
	compare []string       // differences at the first look
}

// states are the members of a thing that are its state.
var states = map[string][]string{
	"blueprint":  {"state"},
	"deployment": {"status_code", "deployment_status", "installation_status", "latest_execution_status"},
	"executions": {"status"},
	"update":     {"state"},
}

const pollStep = 50 * time.Millisecond

// poll repeats a recorded poll: the states that were seen must come in the same order, and the
// last must be the last. The simulator is looked at more often, so it may show more between them.
func (r *replay) poll(timeline []sighting) []string {
	endless := slices.ContainsFunc(timeline, isTimeout)
	things := r.things(slices.DeleteFunc(slices.Clone(timeline), isTimeout))
	for range int(time.Minute / pollStep) {
		done := true
		for _, w := range things {
			r.look(w)
			done = done && len(w.seen) > 0 && w.seen[len(w.seen)-1] == w.wanted[len(w.wanted)-1] && contains(w.seen, w.wanted)
		}
		if done {
			break
		}
		r.sim.Step(pollStep)
	}
	if endless {
		r.sim.Step(30 * time.Second)
		for _, w := range things {
			r.look(w)
		}
	}
	var differences []string
	for _, w := range things {
		for _, d := range w.compare {
			differences = append(differences, w.what+d)
		}
		if !contains(w.seen, w.wanted) || w.seen[len(w.seen)-1] != w.wanted[len(w.wanted)-1] {
			differences = append(differences, fmt.Sprintf("%s: recorded %s, was %s", w.what, strings.Join(w.wanted, " → "), strings.Join(w.seen, " → ")))
		}
	}
	return differences
}

// isTimeout reports whether a sighting is the end of a poll that gave up: what was seen last stays.
func isTimeout(s sighting) bool { return s.What == "TIMEOUT" }

// contains reports whether all of part come in whole, in their order.
func contains(whole, part []string) bool {
	for _, state := range whole {
		if len(part) > 0 && part[0] == state {
			part = part[1:]
		}
	}
	return len(part) == 0
}

func (r *replay) things(timeline []sighting) []*watched {
	var things []*watched
	now := map[string]map[string]any{}
	deploymentID := ""
	for _, s := range timeline {
		if now[s.What] == nil {
			now[s.What] = map[string]any{}
			w := &watched{what: s.What, first: s.Value}
			things = append(things, w)
		}
		maps.Copy(now[s.What], s.Value)
		w := things[slices.IndexFunc(things, func(w *watched) bool { return w.what == s.What })]
		if id, ok := s.Value["id"].(string); ok && s.What == "deployment" {
			deploymentID = id
		}
		w.wanted = add(w.wanted, w.stateOf(now[s.What]))
	}
	for _, w := range things {
		w.path = r.pollPath(w, deploymentID)
	}
	return things
}

func (r *replay) pollPath(w *watched, deploymentID string) string {
	id, _ := w.first["id"].(string)
	if deploymentID == "" {
		deploymentID = "d1a" // of the two polls for a deployment that never was
	}
	switch w.what {
	case "blueprint":
		return "blueprints/" + id + w.include()
	case "deployment":
		return "deployments/" + deploymentID + w.include()
	case "update":
		return "deployment-updates/" + r.translate(id) + w.include()
	case "executions":
		return "executions?deployment_id=" + url.QueryEscape(deploymentID) + "&_sort=-created_at&_size=1" +
			"&_include=id,workflow_id,status,status_display,error,started_at,ended_at,total_operations,finished_operations"
	default:
		return "executions/" + r.translate(id)
	}
}

// include asks for the members that were recorded, for the others are many.
func (w *watched) include() string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(w.first)), func(name string) bool { return slices.Contains(addedByPoll, name) })
	if len(names) == 0 {
		return ""
	}
	return "?_include=" + strings.Join(names, ",")
}

// addedByPoll are what the poll wrote down beside the members of the answer.
var addedByPoll = []string{"status_code", "body", "execution_status", "total", "preview"}

// stateOf makes one word of the state of a thing, of those members that the poll asked for.
func (w *watched) stateOf(value map[string]any) string {
	if w.what == "executions" {
		items, _ := value["items"].([]any)
		if len(items) == 0 {
			return "none"
		}
		value = items[0].(map[string]any)
	}
	members := states[w.what]
	if members == nil {
		members = states["executions"]
	}
	if value["status_code"] != nil && fmt.Sprint(value["status_code"]) != "200" {
		return "gone"
	}
	words := make([]string, 0, len(members))
	for _, m := range members {
		if _, asked := w.first[m]; !asked && w.what == "deployment" {
			continue
		}
		words = append(words, fmt.Sprint(value[m]))
	}
	return strings.Join(words, "/")
}

func add(states []string, state string) []string {
	if len(states) > 0 && states[len(states)-1] == state {
		return states
	}
	return append(states, state)
}

// look takes one sample; at the first the members are compared as well.
func (r *replay) look(w *watched) {
	status, got := r.get(w.path)
	sample := maps.Clone(got)
	if status != 200 {
		delete(got, "server_traceback")
		sample = map[string]any{"body": got}
	}
	sample["status_code"] = float64(status)
	if len(w.seen) == 0 {
		first := maps.Clone(w.first)
		for _, name := range []string{"execution_status", "total", "preview"} {
			delete(first, name)
		}
		for name, value := range first {
			if have, ok := sample[name]; ok {
				w.compare = append(w.compare, r.compare("."+name, value, have)...)
				r.learn(value, have)
			} else {
				w.compare = append(w.compare, "."+name+" is missing")
			}
		}
	}
	w.seen = add(w.seen, w.stateOf(sample))
}
