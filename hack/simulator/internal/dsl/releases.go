// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

// profile is what the parser of one release knows.
type profile struct {
	versions []string // DSL versions by their minor number
	// workflows names the built-in workflows that come with the types for a DSL version; a version
	// that is not listed gets the newest, which it is then too old to import.
	workflows map[version]version
}

var profiles = map[string]profile{
	"7.1": {
		versions: []string{
			"cloudify_dsl_1_0", "cloudify_dsl_1_1", "cloudify_dsl_1_2",
			"cloudify_dsl_1_3", "cloudify_dsl_1_4", "cloudify_dsl_1_5",
		},
		workflows: map[version]version{3: 3, 4: 4},
	},
}

const newestRelease = "7.1"

// profileOf is the profile of a release, the newest one for what has none of its own.
func profileOf(release string) profile {
	if known, ok := profiles[release]; ok {
		return known
	}
	return profiles[newestRelease]
}

// typesVersion is the DSL version of the types file that a blueprint of version v imports.
func (r profile) typesVersion(v version) version {
	if own, ok := r.workflows[v]; ok {
		return own
	}
	return version(len(r.versions) - 1)
}
