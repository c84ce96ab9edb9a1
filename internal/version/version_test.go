// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package version

import (
	"runtime/debug"
	"testing"

	. "github.com/onsi/gomega"
)

func TestComplete(t *testing.T) {
	noted := &debug.BuildInfo{
		Main:     debug.Module{Version: "v0.0.0-20261129080000-0123456789ab"},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-11-29T08:00:00Z"}},
	}
	for name, row := range map[string]struct {
		set   Info
		noted *debug.BuildInfo
		want  Info
	}{
		"what the build set wins": {
			Info{"v1.2.3", "fedcba", "2026-01-02T03:04:05Z"}, noted, Info{"v1.2.3", "fedcba", "2026-01-02T03:04:05Z"}},
		"go build notes the rest": {
			Info{Version: "v1.2.3"}, noted, Info{"v1.2.3", "0123456789abcdef", "2026-11-29T08:00:00Z"}},
		"a build without a repository": {
			Info{}, &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, Info{"(devel)", "unknown", "unknown"}},
		"a binary that was not built from modules": {
			Info{}, nil, Info{"unknown", "unknown", "unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(complete(row.set, row.noted)).To(Equal(row.want))
		})
	}
}

func TestString(t *testing.T) {
	NewWithT(t).Expect(Info{"v1.2.3", "fedcba", "2026-01-02T03:04:05Z"}.String()).
		To(Equal("cloudify-operator v1.2.3, commit fedcba, 2026-01-02T03:04:05Z"))
}
