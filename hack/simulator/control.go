// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"
)

// controlPrefix is where demos control the simulator over HTTP, without credentials and only from
// the same machine.
const controlPrefix = "/_simulator/"

// controlFault is the body of POST fault: one member says what goes wrong, or that nothing does.
type controlFault struct {
	Down         string  `json:"down,omitempty"` // "502", "refused"
	Up           bool    `json:"up,omitempty"`
	Maintenance  string  `json:"maintenance,omitempty"`
	Fail         string  `json:"fail,omitempty"` // a route, with status
	Status       int     `json:"status,omitempty"`
	LoseAnswer   string  `json:"loseAnswer,omitempty"` // a route
	Delay        string  `json:"delay,omitempty"`      // a route, with seconds
	Seconds      float64 `json:"seconds,omitempty"`
	FailWorkflow string  `json:"failWorkflow,omitempty"` // with message
	Message      string  `json:"message,omitempty"`
	LoseMessage  string  `json:"loseMessage,omitempty"`  // a workflow
	HoldMessage  string  `json:"holdMessage,omitempty"`  // a workflow; until healed
	HoldKill     string  `json:"holdKill,omitempty"`     // a workflow; until healed
	IgnoreCancel string  `json:"ignoreCancel,omitempty"` // a workflow
	Broker       string  `json:"broker,omitempty"`       // the message broker: "down", "up"
	Forget       string  `json:"forget,omitempty"`       // an execution's ID
	Race         string  `json:"race,omitempty"`         // a route, of so many requests
	Times        int     `json:"times,omitempty"`        // 0: until healed
	Heal         bool    `json:"heal,omitempty"`
}

func (s *Simulator) control(w http.ResponseWriter, hr *http.Request) {
	host, _, err := net.SplitHostPort(hr.RemoteAddr)
	if ip := net.ParseIP(host); err == nil && (ip == nil || !ip.IsLoopback()) {
		http.Error(w, "only from this machine", http.StatusForbidden)
		return
	}
	switch hr.Method + " " + hr.URL.Path[len(controlPrefix):] {
	case "GET state":
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.state())
	case "POST fault":
		var fault controlFault
		if err := json.NewDecoder(http.MaxBytesReader(w, hr.Body, 1<<16)).Decode(&fault); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := s.apply(fault); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		http.NotFound(w, hr)
	}
}

func (s *Simulator) apply(f controlFault) error {
	var times []int
	if f.Times > 0 {
		times = []int{f.Times}
	}
	switch {
	case f.Up:
		s.SetDown(Up)
	case f.Heal:
		s.Heal()
	case f.Down == "502":
		s.SetDown(DownBadGateway)
	case f.Down == "refused":
		s.SetDown(DownRefused)
	case f.Maintenance != "":
		s.SetMaintenance(f.Maintenance)
	case f.Fail != "" && f.Status >= 400:
		s.Fail(f.Fail, f.Status, times...)
	case f.LoseAnswer != "":
		s.LoseAnswer(f.LoseAnswer, times...)
	case f.Delay != "":
		s.Delay(f.Delay, time.Duration(f.Seconds*float64(time.Second)))
	case f.FailWorkflow != "":
		s.FailWorkflow(f.FailWorkflow, f.Message, times...)
	case f.LoseMessage != "":
		s.LoseMessage(f.LoseMessage, times...)
	case f.HoldMessage != "":
		s.HoldMessage(f.HoldMessage, times...)
	case f.HoldKill != "":
		s.HoldKill(f.HoldKill, times...)
	case f.IgnoreCancel != "":
		s.IgnoreCancel(f.IgnoreCancel, times...)
	case f.Broker == "down" || f.Broker == "up":
		s.SetBroker(f.Broker == "up")
	case f.Forget != "":
		return s.ForgetExecution(f.Forget)
	case f.Race != "" && f.Times > 1:
		s.Race(f.Race, f.Times)
	default:
		return fmt.Errorf("say one of up, heal, down (502, refused), maintenance, fail (with status), loseAnswer, delay (with seconds), failWorkflow, loseMessage, holdMessage, holdKill, ignoreCancel, " +
			"broker (down, up), forget (an execution), race (with times)")
	}
	return nil
}

// state is what GET state shows.
func (s *Simulator) state() map[string]any {
	type execution struct {
		ID       string `json:"id"`
		Workflow string `json:"workflow"`
		Status   string `json:"status"`
		Error    string `json:"error,omitempty"`
	}
	type deployment struct {
		ID          string         `json:"id"`
		BlueprintID string         `json:"blueprintID"`
		Inputs      map[string]any `json:"inputs"`
		Status      string         `json:"status"`
		Installed   bool           `json:"installed"`
		Executions  []execution    `json:"executions"`
	}
	deployments := []deployment{}
	for _, d := range s.Deployments() {
		shown := deployment{ID: d.ID, BlueprintID: d.BlueprintID, Inputs: d.Inputs, Status: d.Status, Installed: d.Installed(), Executions: []execution{}}
		for _, e := range s.Executions(d.ID) {
			shown.Executions = append(shown.Executions, execution{ID: e.ID, Workflow: e.Workflow, Status: e.Status, Error: lastLine(e.Error)})
		}
		deployments = append(deployments, shown)
	}
	blueprints := []map[string]any{}
	for _, b := range s.Blueprints() {
		blueprints = append(blueprints, map[string]any{"id": b.ID, "state": b.State})
	}
	return map[string]any{"now": timestamp(s.Now()), "blueprints": blueprints, "deployments": deployments}
}
