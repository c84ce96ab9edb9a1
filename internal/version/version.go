// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package version says which build of the operator this is.
package version

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// Builds of a release set these: -ldflags "-X …/internal/version.version=v1.2.3".
var version, commit, date string

// unknown stands for what neither the build nor Go knows.
const unknown = "unknown"

// Info tells one build from another.
type Info struct {
	Version string
	Commit  string
	// Date is when the commit was made, in RFC 3339: equal sources make equal binaries, whenever they are built.
	Date string
}

// Get returns what this binary is.
func Get() Info {
	build, _ := debug.ReadBuildInfo()
	return complete(Info{Version: version, Commit: commit, Date: date}, build)
}

func (i Info) String() string {
	return fmt.Sprintf("cloudify-operator %s, commit %s, %s", i.Version, i.Commit, i.Date)
}

// complete fills what the build did not set with what Go noted down; build is nil where it did not.
func complete(i Info, build *debug.BuildInfo) Info {
	settings := map[string]string{}
	if build != nil {
		i.Version = cmp.Or(i.Version, build.Main.Version)
		for _, s := range build.Settings {
			settings[s.Key] = s.Value
		}
	}
	i.Version = cmp.Or(i.Version, unknown)
	i.Commit = cmp.Or(i.Commit, settings["vcs.revision"], unknown)
	i.Date = cmp.Or(i.Date, settings["vcs.time"], unknown)
	return i
}
