// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package execution

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// row is an execution in the Manager's list, like ours but for what options say.
func row(id string, options ...func(*cloudify.Execution)) cloudify.Execution {
	e := cloudify.Execution{ID: id, WorkflowID: "backup", Status: "terminated", CreatedBy: "operator", Parameters: map[string]any{"level": 3.0}}
	for _, option := range options {
		option(&e)
	}
	return e
}

func started(e *cloudify.Execution)     { e.Status = "started" }
func byOthers(e *cloudify.Execution)    { e.CreatedBy = "somebody" }
func byWhoever(e *cloudify.Execution)   { e.CreatedBy = "" }
func ofLevelFour(e *cloudify.Execution) { e.Parameters = map[string]any{"level": 4} }
func ofRestore(e *cloudify.Execution)   { e.WorkflowID = "restore" }
func held(id string) func(*facts) {
	return func(f *facts) { f.others.held = map[string]bool{id: true} }
}
func withoutHistory(f *facts)                                { late(f); f.before.Status.Start.After = "" }
func listed(rows ...cloudify.Execution) []cloudify.Execution { return rows }

func TestRecognise(t *testing.T) {
	newest := row("newest")
	type result struct {
		mine, active, newest string
		likely               []string
		forgotten            bool
	}
	for _, test := range []struct {
		name   string
		facts  *facts
		listed []cloudify.Execution
		want   result
	}{
		{"nothing ever ran", backup(), nil, result{}},
		{"nothing runs", backup(), listed(row("a"), newest), result{newest: "a"}},
		{"something runs", backup(), listed(row("a"), row("b", started), newest), result{newest: "a", active: "b"}},
		{"something like ours runs, which was not asked for", backup(), listed(row("a", started), newest), result{newest: "a", active: "a"}},
		{"announced: what runs is not ours", backup(announced), listed(row("a", started), newest), result{newest: "a", active: "a"}},
		{"announced long ago, and not asked for", backup(stale), listed(row("a", started), newest), result{newest: "a", active: "a"}},

		{"none came", backup(late), listed(newest, row("older")), result{newest: "newest"}},
		{"one came, and runs", backup(underway), listed(row("a", started), newest), result{newest: "a", mine: "a"}},
		{"one came, and ended", backup(late), listed(row("a"), newest), result{newest: "a", mine: "a"}},
		{"one came, and something else runs", backup(late), listed(row("b", ofRestore, started), row("a"), newest), result{newest: "b", mine: "a", active: "b"}},
		{"two came", backup(late), listed(row("b", started), row("a"), newest), result{newest: "b", likely: []string{"b", "a"}, active: "b"}},
		{"two came, one is another object's", backup(late, held("b")), listed(row("b"), row("a"), newest), result{newest: "b", mine: "a"}},
		{"of another workflow", backup(late), listed(row("a", ofRestore), newest), result{newest: "a"}},
		{"with other parameters", backup(late), listed(row("a", ofLevelFour), newest), result{newest: "a"}},
		{"by somebody else", backup(late), listed(row("a", byOthers), newest), result{newest: "a"}},
		{"by whoever: the release does not tell", backup(late), listed(row("a", byWhoever), newest), result{newest: "a", mine: "a"}},

		{"one came, and the history was cleared before it", backup(late), listed(row("a")), result{newest: "a", mine: "a"}},
		{"the history was cleared", backup(late), listed(row("a", ofRestore)), result{newest: "a", forgotten: true}},
		{"the history is empty", backup(late), nil, result{forgotten: true}},
		{"there was no history", backup(withoutHistory), nil, result{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			test.facts.recognise(test.listed, "operator")
			found, id := test.facts.found, func(e *cloudify.Execution) string {
				if e == nil {
					return ""
				}
				return e.ID
			}
			g.Expect(result{id(found.mine), id(found.active), found.newest, found.likely, found.forgotten}).To(Equal(test.want))
		})
	}
}

// Where it is not known who we are, anybody may have started it.
func TestRecogniseWithoutAUser(t *testing.T) {
	f := backup(late)
	f.recognise(listed(row("a", byOthers), row("newest")), "")
	NewWithT(t).Expect(f.found.mine).To(HaveField("ID", "a"))
}
