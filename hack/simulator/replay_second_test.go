// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"fmt"
	"maps"
	"time"
)

// secondRecording is the number with which the second recording begins, of another day at the same Manager.
const secondRecording = 601

func init() { maps.Copy(preparations, secondPreparations) }

var secondPreparations = map[int][]func(*replay){
	601:  {settle, func(r *replay) { r.sim.Wipe() }, before},
	610:  {settle},
	686:  {installed("wf4")},
	702:  {installed("wf5")},
	714:  {settle},
	717:  {pass(2 * time.Second)},
	729:  {settle},
	732:  {settle},
	734:  {settle},
	738:  {settle},
	741:  {settle},
	744:  {settle},
	749:  {settle},
	752:  {settle},
	783:  {pass(time.Second)},
	786:  {installed("wf3")},
	792:  {pass(2 * time.Second)},
	796:  {pass(2 * time.Second)},
	812:  {pass(2 * time.Second)},
	824:  {pass(1500 * time.Millisecond)},
	836:  {pass(time.Second)},
	838:  {settle},
	839:  {pass(time.Second)},
	843:  {pass(time.Second)},
	847:  {pass(time.Second)},
	851:  {pass(time.Second)},
	855:  {pass(time.Second)},
	859:  {pass(time.Second)},
	864:  {settle},
	865:  {settle},
	934:  {stopBroker},
	929:  {restartService},
	935:  {func(r *replay) { r.sim.SetBroker(true) }},
	948:  {holdKill(workflowCreate)},
	956:  {holdKill("short")},
	965:  {holdDelete},
	970:  {holdKill(workflowCreate)},
	981:  {deliver},
	1013: {settle},
	1016: {settle},
	1018: {settle},
	1023: {settle},
	1025: {settle},
	1043: {labelled},
}

// before is what the Manager held when the second recording began.
func before(r *replay) {
	for _, name := range []string{"tiny", "tiny13", "demo", "capuser"} {
		blueprintFrom(name, name)(r)
	}
	created("d1", "tiny", nil, nil)(r)
	team := map[string][]string{"team": {"blue"}}
	for _, id := range []string{"slow", "c-cancel", "c-force-cancel", "c-kill", "failing", "failstop"} {
		created(id, "tiny", nil, team)(r)
	}
	pages(r)
	created("sec", "tiny", nil, nil)(r)
	created("prov", "demo", map[string]any{"name": "prov"}, team)(r)
	created("cu0", "tiny", nil, nil)(r)
	created("cu", "capuser", map[string]any{"other": "prov"}, nil)(r)
	for _, id := range []string{
		"g1-8d62227b-daaa-4f3f-8ebb-23560c3cce64", "g1-5c61cee6-dd4b-4660-b34e-ad9b6d619fed", "uni", "extra", "1abc", "3f0e4b7c-9a3b-4a0e-8a6b-1f2d3c4b5a69",
	} {
		created(id, "tiny", nil, nil)(r)
	}
	created("up", "tiny", nil, team)(r)
	created("v3dep", "tiny", nil, team)(r)
	created("v3depx", "tiny", nil, nil)(r)
	for _, id := range []string{"v3dep2", "v3dep3", "race2"} {
		created(id, "tiny", nil, team)(r)
	}
}

func labelled(r *replay) {
	for i, cluster := range []string{"c1", "c1", "c2", "c2"} {
		created(fmt.Sprintf("lab%d", i), "tiny", nil, map[string][]string{"k8s-cluster": {cluster}, "k8s-owner": {fmt.Sprintf("u%d", i)}})(r)
	}
}

// stopBroker takes the message broker away; a create that was not recorded hangs.
func stopBroker(r *replay) {
	settle(r)
	r.sim.SetBroker(false)
	create := post("deployments/lost1", map[string]any{"blueprint_id": "wfbp", "inputs": map[string]any{"name": "lost"}})
	create.Request.Method = "PUT"
	r.unanswered(create)
}

// restartService frees the REST service of the requests that hang, while the message broker is still away.
func restartService(r *replay) { r.sim.broker.waiting = 0 }

func holdKill(workflow string) func(*replay) {
	return func(r *replay) { r.late = append(r.late, r.sim.HoldKill(workflow, 1)) }
}

func holdDelete(r *replay) { r.late = append(r.late, r.sim.HoldMessage(workflowDelete, 1)) }

func deliver(r *replay) {
	for _, deliver := range r.late {
		deliver()
	}
	settle(r)
}
