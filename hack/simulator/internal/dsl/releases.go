// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

// profile is what the parser of one release knows.
type profile struct {
	versions []string // DSL versions by their minor number
	// workflows names the files of the built-in workflows that come with the types for a DSL version; a
	// version that is not listed gets the newest, which it is then too old to import.
	workflows map[version]string
	// without are workflows of those files that the release does not have.
	without []string
	// inputKeys are the members of an input's declaration.
	inputKeys []string
	// inlineScripts are scripts that stand in the blueprint; with them came that scripts run on no agent where there is none.
	inlineScripts, autoExecutor bool
	// lacking are types of values that came later.
	lacking []string
}

var (
	dslVersions = []string{
		"cloudify_dsl_1_0", "cloudify_dsl_1_1", "cloudify_dsl_1_2",
		"cloudify_dsl_1_3", "cloudify_dsl_1_4", "cloudify_dsl_1_5",
	}
	inputKeys = []string{"required", "default", "description", "type", "item_type", "constraints", "display_label", "hidden", "display"}
)

var profiles = map[string]profile{
	"4.3": {
		versions: dslVersions[:4], workflows: map[version]string{3: "6_2"},
		without:   []string{"start", "stop", "restart", "validate_agents", "rollback", "pull"},
		inputKeys: []string{"required", "default", "description", "type"},
		lacking:   []string{"list", "dict", "regex", "textarea"},
	},
	"5.2": {
		versions: dslVersions[:4], workflows: map[version]string{3: "6_2"},
		without:   []string{"rollback", "pull"},
		inputKeys: []string{"required", "default", "description", "type", "constraints"}, lacking: []string{"textarea"},
	},
	"6.2": {
		versions: dslVersions[:4], workflows: map[version]string{3: "6_2"},
		inputKeys: []string{"required", "default", "description", "type", "constraints", "display_label", "hidden"},
		lacking:   []string{"textarea"},
	},
	"6.4": {
		versions: dslVersions[:5], workflows: map[version]string{3: "1_3", 4: "1_4"}, without: []string{"reinstall"},
		inputKeys: inputKeys,
	},
	"7.1": {
		versions: dslVersions, workflows: map[version]string{3: "1_3", 4: "1_4", 5: "1_5"},
		inputKeys: inputKeys, inlineScripts: true, autoExecutor: true,
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
	if _, ok := r.workflows[v]; ok {
		return v
	}
	return version(len(r.versions) - 1)
}
