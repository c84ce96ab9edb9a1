// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"cmp"
	"maps"
	"slices"
)

// release is a release of the Manager. 4.5.5 counts as 4.6, which is what people called it.
type release struct{ major, minor int }

func (r release) since(other release) bool {
	return cmp.Or(cmp.Compare(r.major, other.major), cmp.Compare(r.minor, other.minor)) >= 0
}

// profile is what one release does differently from another: what it says it is, and the traits
// (below), routes, fields and words (in history.go) that it has.
type profile struct {
	release
	Version   string // what GET version says
	ListLimit int    // rows in a page that asks for no size
}

// Releases are those that can be simulated, the oldest first.
func Releases() []string { return slices.Sorted(maps.Keys(profiles)) }

// Knows reports whether there is a profile of a release.
func Knows(release string) bool {
	_, known := profiles[release]
	return known
}

var profiles = map[string]profile{
	"4.3": {release: release{4, 3}, Version: "4.3.0", ListLimit: 1000},
	"5.2": {release: release{5, 2}, Version: "5.2.0", ListLimit: 1000},
	"6.2": {release: release{6, 2}, Version: "6.2.0", ListLimit: 1000},
	"6.4": {release: release{6, 4}, Version: "6.4.0", ListLimit: 1000},
	"7.1": {release: release{7, 1}, Version: "7.1.0", ListLimit: 1000},
}

// trait is a way to behave that began with some release.
type trait int

const (
	// checksIDs: an ID of illegal characters is refused.
	checksIDs trait = iota
	// deletesLater: a deployment is deleted by a workflow, not within the request.
	deletesLater
	// dryRuns and queues: an execution may be asked to do nothing, or to wait for its turn.
	dryRuns
	queues
	// filtersUnknown: executions of an unknown deployment are an empty list, not a refusal.
	filtersUnknown
	// longPages: a page may be as long as one likes.
	longPages
	// skipsStates: an instance visits only the states that its node has operations for, and an
	// uninstall passes over what is not there.
	skipsStates
	// ordersLists: a list that asks for no order has the order of creation.
	ordersLists
	// extendedLifecycle: there are operations before and after those of old.
	extendedLifecycle
	// deletesSilently: an answer to DELETE has no body.
	deletesSilently
	// forceDeletes: "force" overrides what keeps a deployment; before, "ignore_live_nodes" does.
	forceDeletes
	// resumesInstalls: an install passes over what an earlier one has done.
	resumesInstalls
	// summarizesStatus: the status of the Manager says OK; before, running.
	summarizesStatus
	// storesUploads: an upload is a row with a state, filled in by a workflow, that stays when it fails.
	storesUploads
	// checksLate: a create checks the names of inputs; the rest is found by its workflow.
	checksLate
	// freesLetters: a deployment's ID may begin with anything again.
	freesLetters
	// tellsDistribution: the version says what the Manager runs on.
	tellsDistribution
	// replacesCreates: a create on top of one that failed replaces it.
	replacesCreates
	// explainsCreates: a start where the create failed is refused, instead of breaking the Manager.
	explainsCreates
	// postsUpdates: an update is asked for with POST as well as PUT; before, a POST brings an archive.
	postsUpdates
	// updatesLate: an update is prepared by its workflow, whatever else is running.
	updatesLate
	// checksDrift: an update asks the changed instances whether they have drifted before it reinstalls them.
	checksDrift
	// updatesEmpty: an update needs neither a blueprint nor inputs.
	updatesEmpty
	// refusesNotUploaded: a blueprint that is not uploaded is a deployment_creation_error.
	refusesNotUploaded
	// storesRefusals: a start that is refused while it is prepared leaves a failed row.
	storesRefusals
	// managesTokens: tokens are rows that can be listed and revoked.
	managesTokens
	// takesAnyAsync: any value of the query's async_upload counts as true.
	takesAnyAsync
	// hidesWorkflows: a list shows junk in the place of workflows.
	hidesWorkflows
)

// began says with which release a trait began.
var began = map[trait]release{
	checksIDs:          {4, 4},
	deletesLater:       {4, 4},
	dryRuns:            {4, 4},
	filtersUnknown:     {4, 4},
	queues:             {4, 5},
	longPages:          {4, 6},
	skipsStates:        {4, 6},
	ordersLists:        {5, 0},
	extendedLifecycle:  {5, 0},
	deletesSilently:    {5, 1},
	forceDeletes:       {5, 1},
	resumesInstalls:    {5, 1},
	summarizesStatus:   {5, 1},
	storesUploads:      {5, 2},
	checksLate:         {6, 0},
	freesLetters:       {6, 0},
	tellsDistribution:  {6, 0},
	replacesCreates:    {6, 0},
	explainsCreates:    {6, 0},
	postsUpdates:       {6, 2},
	updatesLate:        {6, 3},
	refusesNotUploaded: {6, 3},
	checksDrift:        {6, 4},
	updatesEmpty:       {6, 4},
	storesRefusals:     {6, 4},
	managesTokens:      {6, 4},
	takesAnyAsync:      {7, 0},
	hidesWorkflows:     {7, 1},
}

func (p profile) has(t trait) bool { return p.since(began[t]) }
