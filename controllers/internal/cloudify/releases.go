// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Release is the release of a Manager. The zero value is not known yet.
type Release struct{ Major, Minor, Patch int }

var releasePattern = regexp.MustCompile(`^(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:$|[^\d])`)

// ParseRelease reads "7.1.0", and "7.1.0-.dev1", "6.4.0-ga" and the like as well.
func ParseRelease(version string) (Release, error) {
	match := releasePattern.FindStringSubmatch(version)
	if match == nil {
		return Release{}, fmt.Errorf("%.40q is not a valid Manager release", version)
	}
	var numbers [3]int
	for i, text := range match[1:] {
		numbers[i], _ = strconv.Atoi(text) // digits, or none
	}
	return Release{numbers[0], numbers[1], numbers[2]}, nil
}

func (r Release) String() string { return fmt.Sprintf("%d.%d.%d", r.Major, r.Minor, r.Patch) }

// AtLeast reports whether r is the release major.minor or a later one.
func (r Release) AtLeast(major, minor int) bool { return r.has(Release{major, minor, 0}) }

func (r Release) has(since Release) bool {
	return cmp.Or(cmp.Compare(r.Major, since.Major), cmp.Compare(r.Minor, since.Minor), cmp.Compare(r.Patch, since.Patch)) >= 0
}

// Feature is something that not every release has.
type Feature string

const (
	// BlueprintState: blueprints have a state and an error, and outlive a failed
	// upload; before, a blueprint that exists is uploaded.
	BlueprintState Feature = "blueprint states"
	// AsyncUpload: an upload returns before the blueprint is parsed.
	AsyncUpload Feature = "asynchronous uploads"
	// BlueprintLabels: blueprints carry labels.
	BlueprintLabels Feature = "blueprint labels"
	// AsyncCreate: a create returns before the environment is created, and what
	// fails then is found in its execution.
	AsyncCreate Feature = "asynchronous creation of deployments"
	// ReplacesFailedCreate: a create on top of one that failed replaces it.
	ReplacesFailedCreate Feature = "replacing a deployment whose creation failed"
	// Labels: deployments carry labels.
	Labels Feature = "deployment labels"
	// DisplayName: deployments have a display name.
	DisplayName Feature = "deployment display names"
	// DeploymentStatus: deployments report whether they are installed.
	DeploymentStatus Feature = "deployment status"
	// LatestExecution: deployments name their latest and their create execution.
	LatestExecution Feature = "the latest execution of a deployment"
	// DriftCounts: deployments count unavailable and drifted instances.
	DriftCounts Feature = "counts of drifted and unavailable instances"
	// Capabilities: deployments have capabilities beside outputs.
	Capabilities Feature = "deployment capabilities"
	// Dependencies: the uses that deployments make of each other can be listed.
	Dependencies Feature = "listing dependencies between deployments"
	// StartTimes: executions tell when they began.
	StartTimes Feature = "start times of executions"
	// Kills: an execution can be killed.
	Kills Feature = "killing executions"
	// DryRuns: an execution can be a dry run.
	DryRuns Feature = "dry runs"
	// ResumesInstalls: an install skips what an earlier one has done; before, it does all
	// of it again.
	ResumesInstalls Feature = "resuming an install"
	// AvailabilityRules: workflows are refused where they do not fit the node instances.
	AvailabilityRules Feature = "workflow availability"
	// UpdateInPlace: a deployment moves to an uploaded blueprint.
	UpdateInPlace Feature = "updating a deployment to an uploaded blueprint"
	// UpdateByPOST: with POST; PUT before.
	UpdateByPOST Feature = "updating a deployment with POST"
	// UpdateByWorkflow: the execution of an update does all of it, and its parameters
	// tell blueprint and inputs. Before, the deployment has both before the execution
	// begins, and keeps them when it fails.
	UpdateByWorkflow Feature = "updating a deployment within the workflow"
	// Previews: the Manager says what an update would change.
	Previews Feature = "previewing an update"
	// ForceDelete: a delete is forced with "force"; before with "ignore_live_nodes".
	ForceDelete Feature = "forced deletion"
)

// since is the table of what releases have. It begins at 4.2.
var since = map[Feature]Release{
	UpdateInPlace:        {4, 4, 0},
	Kills:                {4, 4, 0},
	DryRuns:              {4, 4, 0},
	StartTimes:           {4, 5, 0},
	Capabilities:         {4, 5, 5},
	Previews:             {5, 0, 0},
	ForceDelete:          {5, 1, 0},
	Dependencies:         {5, 1, 0},
	ResumesInstalls:      {5, 1, 0},
	Labels:               {5, 1, 1},
	BlueprintState:       {5, 2, 0},
	AsyncUpload:          {5, 2, 0},
	BlueprintLabels:      {6, 0, 0},
	AsyncCreate:          {6, 0, 0},
	ReplacesFailedCreate: {6, 0, 0},
	DisplayName:          {6, 0, 0},
	DeploymentStatus:     {6, 0, 0},
	UpdateByPOST:         {6, 2, 0},
	UpdateByWorkflow:     {6, 3, 0},
	LatestExecution:      {6, 4, 0},
	DriftCounts:          {6, 4, 0},
	AvailabilityRules:    {6, 4, 0},
}

// Has reports whether the release has the feature.
func (r Release) Has(feature Feature) bool { return r.has(since[feature]) }

// word is a name that the Manager knows since a release: a field to ask for, a status to
// filter by. Older ones answer 400 to an unknown field, 500 to an unknown status.
type word struct {
	name  string
	since Release
}

// blueprintFields leaves out the template, which is large.
var blueprintFields = []word{
	{"id", Release{}}, {"main_file_name", Release{}}, {"description", Release{}}, {"created_at", Release{}}, {"created_by", Release{}},
	{"state", since[BlueprintState]}, {"error", since[BlueprintState]},
	{"labels", since[BlueprintLabels]},
}

// deploymentFields are those of a list, small enough to read ten thousand of.
var deploymentFields = []word{
	{"id", Release{}}, {"blueprint_id", Release{}}, {"created_at", Release{}},
	{"installation_status", since[DeploymentStatus]}, {"deployment_status", since[DeploymentStatus]},
	{"latest_execution_status", since[DeploymentStatus]},
	{"latest_execution", since[LatestExecution]}, {"create_execution", since[LatestExecution]},
	{"unavailable_instances", since[DriftCounts]}, {"drifted_instances", since[DriftCounts]},
	{"latest_execution_workflow_id", Release{7, 0, 0}},
}

// executionFields leaves out the parameters, which hold inputs in clear.
var executionFields = []word{
	{"id", Release{}}, {"workflow_id", Release{}}, {"deployment_id", Release{}}, {"blueprint_id", Release{}},
	{"status", Release{}}, {"error", Release{}}, {"created_at", Release{}},
	{"ended_at", Release{4, 4, 0}}, {"started_at", since[StartTimes]},
	{"total_operations", Release{6, 0, 0}}, {"finished_operations", Release{6, 0, 0}},
}

// activeStatuses are those of an execution that runs, or will as soon as it can; endStatuses are those of one that has ended.
var activeStatuses = []word{
	{"pending", Release{}}, {"started", Release{}}, {"cancelling", Release{}}, {"force_cancelling", Release{}},
	{"kill_cancelling", Release{4, 4, 0}}, {"queued", Release{4, 5, 0}},
}

var endStatuses = []string{"terminated", "failed", "cancelled"}

// listsScheduled reports whether a list of executions holds those that are scheduled for later, too; newer releases keep them
// apart.
func (r Release) listsScheduled() bool { return r.has(Release{4, 5, 5}) && !r.has(Release{6, 0, 0}) }

// known are the words that the release knows.
func (r Release) known(words []word) []string {
	var names []string
	for _, word := range words {
		if r.has(word.since) {
			names = append(names, word.name)
		}
	}
	return names
}

// include is the value of _include for the fields that the release knows.
func (r Release) include(fields []word, more ...string) string {
	return strings.Join(append(r.known(fields), more...), ",")
}

// Version is what a Manager says about itself.
type Version struct {
	Edition string `json:"edition"`
	Version string `json:"version"`
}

// GetVersion asks which release the Manager is, and remembers it for the requests
// that follow. It proves the credentials, not the tenant.
func (c *Client) GetVersion(ctx context.Context) (*Version, error) {
	call := call{method: "GET", route: "version"}
	var version Version
	if err := c.do(ctx, call, &version); err != nil {
		return nil, err
	}
	release, err := ParseRelease(version.Version)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", call, err)
	}
	c.release.Store(&release)
	return &version, nil
}

// Release is the release that GetVersion found last, or the zero value.
func (c *Client) Release() Release {
	if release := c.release.Load(); release != nil {
		return *release
	}
	return Release{}
}

// known is Release, read from the Manager if it is not known yet.
func (c *Client) known(ctx context.Context) (Release, error) {
	if release := c.Release(); release != (Release{}) {
		return release, nil
	}
	if _, err := c.GetVersion(ctx); err != nil {
		return Release{}, err
	}
	return c.Release(), nil
}
