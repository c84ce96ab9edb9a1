// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
)

// compareAnswer compares status, content type and the members of the body, as deep as they go,
// and learns the simulator's IDs from those recorded in the same places.
func (r *replay) compareAnswer(e recordedExchange, answer *httptest.ResponseRecorder) []string {
	var differences []string
	if answer.Code != e.Response.Status {
		return append(differences, fmt.Sprintf("status %d, recorded %d: %.300s", answer.Code, e.Response.Status, answer.Body))
	}
	if got := answer.Header().Get("Content-Type"); e.Response.ContentType != "" && got != e.Response.ContentType {
		differences = append(differences, "content type "+got+", recorded "+e.Response.ContentType)
	}
	want := e.Response.Body
	switch {
	case want == nil || isCut(want.Text):
	case want.Text != "":
		if !strings.HasPrefix(answer.Body.String(), strings.TrimSpace(want.Text)) {
			differences = append(differences, fmt.Sprintf("body %.80q, recorded %.80q", answer.Body, want.Text))
		}
	default:
		var got any
		if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
			return append(differences, err.Error())
		}
		if object, ok := got.(map[string]any); ok && object["error_code"] != nil {
			delete(object, "server_traceback") // left out of the record
		}
		r.uncounted = countsMore(e)
		differences = append(differences, r.compare("", want.JSON, got)...)
		r.learn(want.JSON, got)
		if e.Request.Query["_sort"] != nil {
			r.learnItems(want.JSON, got)
		}
	}
	return differences
}

// countsMore reports whether the total that was recorded counts more than the simulator has: what scripts wrote, of which there is
// nothing here, or all that ever ran at the recorded Manager.
func countsMore(e recordedExchange) bool {
	return strings.HasSuffix(e.Request.Path, "/events") || strings.HasSuffix(e.Request.Path, "/executions") && e.Request.Query["deployment_id"] == nil
}

// learnItems learns from the rows of a list whose order was asked for.
func (r *replay) learnItems(want, got any) {
	w, _ := want.(map[string]any)
	g, _ := got.(map[string]any)
	wanted, _ := w["items"].([]any)
	items, _ := g["items"].([]any)
	for i := range min(len(wanted), len(items)) {
		r.learn(wanted[i], items[i])
	}
}

// isCut reports whether the recorded text stands for something that was left out.
func isCut(text string) bool {
	return strings.HasPrefix(text, "…") || strings.HasSuffix(text, "… cut") || strings.Contains(text, "left out")
}

// loose are members whose value depends on time, chance or the rest of the Manager, not on what
// was asked.
var loose = map[string]bool{
	"version": true, "last_used": true, "total_operations": true, "finished_operations": true,
	"latest_execution_total_operations": true, "latest_execution_finished_operations": true, "_storage_id": true,
	"marketplace_api_url": true, "traceback": true, "error_traceback": true, "ca_cert_content": true, "timestamp": true,
	"agent_name": true, "rabbitmq_username": true, "rabbitmq_password": true, "rabbitmq_vhost": true, "file_server_root": true,
}

var (
	timePattern = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`)
	idPattern   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

// compare tells where got differs from what was recorded.
func (r *replay) compare(path string, want, got any) []string {
	name := path[strings.LastIndex(path, ".")+1:]
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %v, recorded an object", path, got)}
		}
		return r.compareObjects(path, w, g)
	case []any:
		g, ok := got.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %v, recorded a list", path, got)}
		}
		return r.compareLists(path, w, g)
	case string:
		g, ok := got.(string)
		switch {
		case isCut(w) || loose[name] || name == "description" && strings.Contains(path, ".parameters."):
			return nil
		case !ok:
			return []string{fmt.Sprintf("%s is %v, recorded %q", path, got, w)}
		case timePattern.MatchString(w) && timePattern.MatchString(g), name == "value" && strings.HasPrefix(w, "gAAAAAB"):
			return nil
		case name == "error" && r.plain(lastLine(w)) == r.plain(lastLine(g)):
			return nil // of a traceback only the last line says what went wrong
		case r.plain(w) != r.plain(g):
			return []string{fmt.Sprintf("%s is %q, recorded %q", path, r.plain(g), r.plain(w))}
		}
	default:
		if loose[name] {
			return nil
		}
		if w != got {
			return []string{fmt.Sprintf("%s is %v, recorded %v", path, got, w)}
		}
	}
	return nil
}

// plain takes out of a text what is different at every Manager.
func (r *replay) plain(text string) string {
	text = strings.ReplaceAll(text, r.site.URL, "http://manager.example")
	text = idPattern.ReplaceAllString(text, "ID")
	for _, p := range placeholders {
		text = p.pattern.ReplaceAllString(text, p.name)
	}
	return text
}

var placeholders = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`(app|apps|base|extra|more|root|side)_[a-z0-9]{6}\b`), "${1}_INSTANCE"},
	{regexp.MustCompile(`ctok-[A-Za-z0-9]{10}-[A-Za-z0-9*]+`), "TOKEN"},
	{regexp.MustCompile(`^[a-z0-9]{0,9}[A-Z][A-Za-z0-9]{0,9}$`), "TOKEN ID"},
	{regexp.MustCompile("(prefixed labels are: ).*"), "${1}SET"},
	{regexp.MustCompile(`/opt/manager/[^'" ]*`), "PATH"},
	{regexp.MustCompile(`0x[0-9a-f]{12}`), "ADDRESS"},
}

func (r *replay) compareObjects(path string, want, got map[string]any) []string {
	var differences []string
	_, partly := want["…"]
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if name == "…" {
			continue
		}
		have, ok := got[name]
		if name == "value" && want["is_editable"] != nil {
			continue // a setting
		}
		if name == "total" && r.uncounted {
			continue
		}
		if !ok {
			differences = append(differences, path+"."+name+" is missing")
			continue
		}
		differences = append(differences, r.compare(path+"."+name, want[name], have)...)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		_, recorded := want[name]
		if name == "url" && want["app_file_name"] != nil {
			continue // of an upload: the first recording left it out
		}
		if !recorded && !partly && !strings.Contains(path, ".plan.") {
			differences = append(differences, path+"."+name+" is too much")
		}
	}
	return differences
}

// compareLists compares the items in order; of a list that was cut those that are there.
func (r *replay) compareLists(path string, want, got []any) []string {
	whole := len(want)
	want = slices.DeleteFunc(slices.Clone(want), isLog)
	if len(want) < whole {
		whole = len(want)
	}
	for i, item := range want {
		if text, ok := item.(string); ok && isCut(text) {
			want, whole = want[:i], -1
			break
		}
	}
	if whole >= 0 && len(got) != whole {
		return []string{fmt.Sprintf("%s has %d items, recorded %d", path, len(got), whole)}
	}
	if whole < 0 && len(want) > 0 {
		got = byName(want, got)
	}
	if isSet(path, want) {
		want, got = sortedByText(want), sortedByText(got)
	}
	var differences []string
	for i := range min(len(want), len(got)) {
		if object, ok := want[i].(map[string]any); ok && object["index"] != nil {
			r.learn(object, got[i])
		}
		differences = append(differences, r.compare(fmt.Sprintf("%s[%d]", path, i), want[i], got[i])...)
	}
	return differences
}

// isLog reports whether a recorded item is something that an operation's script wrote.
func isLog(item any) bool {
	object, ok := item.(map[string]any)
	return ok && object["type"] == "cloudify_log"
}

// byName puts the items of a set in the order in which some of them were recorded by their names.
func byName(want, got []any) []any {
	found := []any{}
	for _, w := range want {
		name, ok := w.(map[string]any)["name"]
		if !ok {
			return got
		}
		found = append(found, nil)
		for _, g := range got {
			if object, ok := g.(map[string]any); ok && object["name"] == name {
				found[len(found)-1] = g
			}
		}
	}
	return found
}

// isSet reports whether a recorded list has no order: labels, words, workflows, node instances and the steps of an update.
func isSet(path string, want []any) bool {
	if strings.HasSuffix(path, ".labels") || strings.HasSuffix(path, ".steps") || strings.HasSuffix(path, ".remove") || strings.Contains(path, ".modify_attributes.") || strings.HasSuffix(path, "_and_related") {
		return true
	}
	if path != ".items" || len(want) == 0 {
		return false
	}
	switch first := want[0].(type) {
	case string:
		return true
	case map[string]any:
		return first["is_cascading"] != nil || first["index"] != nil
	}
	return false
}

// sortedByText gives a set an order: labels by their keys and values, workflows by their names, steps by what they are about.
func sortedByText(set []any) []any {
	text := func(item any) string {
		if object, ok := item.(map[string]any); ok {
			return fmt.Sprint(object["key"], object["value"], object["name"], object["node_id"], object["index"], object["action"], object["entity_id"])
		}
		return fmt.Sprint(item)
	}
	return slices.SortedFunc(slices.Values(set), func(a, b any) int { return strings.Compare(text(a), text(b)) })
}

// learn notes which of the simulator's IDs stands for which recorded one.
func (r *replay) learn(want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			for name := range w {
				if name != "items" {
					r.learn(w[name], g[name])
				}
			}
		}
	case string:
		g, ok := got.(string)
		if ok && w != g && !isCut(w) && !timePattern.MatchString(w) && r.plain(w) == r.plain(g) && r.ids[w] == "" {
			r.ids[w] = g
		}
	}
}
