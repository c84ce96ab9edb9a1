// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"testing"

	. "github.com/onsi/gomega"
)

// What an update left that did not end well was never applied.
func TestLastGood(t *testing.T) {
	update := func(status string, port any) option {
		return func(s *scope) {
			e := run(workflowUpdate, status)
			if port != nil {
				e.Parameters["inputs"] = map[string]any{"port": port}
			}
			s.history.executions = append(s.history.executions, e)
		}
	}
	never := func(port any) option {
		return func(s *scope) {
			e := refused(workflowUpdate)
			e.Parameters = map[string]any{"inputs": map[string]any{"port": port}}
			s.history.executions = append(s.history.executions, e)
		}
	}
	created := func(port any) option {
		return func(s *scope) {
			s.history.executions = append(s.history.executions, run(workflowInstall, "terminated", ask), creation("terminated", map[string]any{"port": port}))
		}
	}
	for _, row := range []struct {
		name    string
		options []option
		value   any
		known   bool
	}{
		{"created", []option{created(80)}, 99, true},
		{"updated", []option{update("terminated", 81), created(80)}, 99, true},
		{"updated by somebody, in another input", []option{update("terminated", nil), update("terminated", 81), created(80)}, 99, true},
		{"failed", []option{update("failed", 82), created(80)}, 80, true},
		{"failed after a good one", []option{update("failed", 82), update("terminated", 81), created(80)}, 81, true},
		{"failed twice", []option{update("failed", 83), update("failed", 82), update("terminated", 81)}, 81, true},
		{"cancelled", []option{update("cancelled", 82), created(80)}, 80, true},
		{"failed, and mended", []option{update("terminated", 83), update("failed", 82), created(80)}, 99, true},
		{"failed in another input", []option{update("failed", nil), created(80)}, 99, true},
		{"failed, after one in another input", []option{update("failed", 82), update("terminated", nil), created(80)}, 80, true},
		{"refused", []option{never(82), created(80)}, 99, true},
		{"failed, and what was before is too long ago", []option{update("failed", 82)}, 99, false},
		{"so long ago that nothing is listed", nil, 99, true},
		{"failed, in a release whose executions do not tell", []option{inRelease(5, 2), update("failed", nil), update("terminated", nil)}, 99, false},
		{"updated, in a release whose executions do not tell", []option{inRelease(5, 2), update("terminated", nil), update("failed", nil)}, 99, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			s := cellar(append([]option{at("active")}, row.options...)...)
			s.history.remote.Inputs = map[string]any{"port": 99}
			value, known := s.history.lastGood("port")
			g.Expect(known).To(Equal(row.known))
			g.Expect(value).To(Equal(row.value))
		})
	}
}
