// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"time"
)

// ownParameter marks the executions that the operator started, and says what for.
const ownParameter = "cloudify_operator"

// Execution is one run of a workflow.
type Execution struct {
	ID           string `json:"id"`
	WorkflowID   string `json:"workflow_id"`
	DeploymentID string `json:"deployment_id"` // empty for an upload
	BlueprintID  string `json:"blueprint_id"`
	Status       string `json:"status"`
	CreatedBy    string `json:"created_by"`
	// Error is the last line of what the Manager kept. It may hold values of inputs.
	Error string `json:"error"`

	CreatedAt time.Time `json:"created_at"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`

	// Parameters may hold inputs in clear. Lists leave them out.
	Parameters map[string]any `json:"parameters"`

	// Both are zero where the release does not tell them.
	TotalOperations    int `json:"total_operations"`
	FinishedOperations int `json:"finished_operations"`
}

// Succeeded reports whether it ran to its end without an error.
func (e *Execution) Succeeded() bool { return e != nil && e.Status == "terminated" }

// Failed reports whether it ended with an error, or was refused before it ran.
func (e *Execution) Failed() bool { return e != nil && e.Status == "failed" }

// Cancelled reports whether somebody stopped it.
func (e *Execution) Cancelled() bool { return e != nil && e.Status == "cancelled" }

// Active reports whether it has not ended. An unknown status counts as active. One that
// is scheduled for later does not: it keeps nothing from running. Nil is not active.
func (e *Execution) Active() bool {
	return e != nil && !e.Succeeded() && !e.Failed() && !e.Cancelled() && e.Status != "scheduled"
}

// OwnParameter is the parameter that marks an execution that the operator started, or
// empty.
func (e *Execution) OwnParameter() string {
	if e == nil {
		return ""
	}
	value, _ := e.Parameters[ownParameter].(string)
	return value
}

// IsPreview reports whether it only found out what an update would change: its parameters tell, which
// lists leave out. Nil is none.
func (e *Execution) IsPreview() bool {
	return e != nil && e.WorkflowID == "update" && e.Parameters["preview"] == true
}

// UpdateID is the record of the update or of the preview that it did, empty of other executions.
func (e *Execution) UpdateID() string {
	id, _ := e.Parameters["update_id"].(string)
	return id
}

// NewExecution is a workflow to start.
type NewExecution struct {
	DeploymentID string         `json:"deployment_id"`
	WorkflowID   string         `json:"workflow_id"`
	Parameters   map[string]any `json:"parameters,omitempty"`
	// AllowCustomParameters permits parameters that the workflow does not declare.
	AllowCustomParameters bool `json:"allow_custom_parameters,omitempty"`
	// DryRun is for releases with DryRuns; others ignore it.
	DryRun bool `json:"dry_run,omitempty"`
}

// WithOwnParameter returns e with the parameter that OwnParameter reads.
func (e NewExecution) WithOwnParameter(value string) NewExecution {
	e.Parameters = maps.Clone(e.Parameters)
	if e.Parameters == nil {
		e.Parameters = map[string]any{}
	}
	e.Parameters[ownParameter], e.AllowCustomParameters = value, true
	return e
}

// StartExecution starts a workflow. It is not idempotent: after an error that
// IsUnreachable, look for the execution first.
func (c *Client) StartExecution(ctx context.Context, execution NewExecution) (*Execution, error) {
	return c.execution(ctx, call{method: "POST", route: "executions", in: execution})
}

// GetExecution reads one execution with its parameters. The executions of a
// deleted deployment are gone with it.
func (c *Client) GetExecution(ctx context.Context, id string) (*Execution, error) {
	return c.execution(ctx, call{method: "GET", route: "executions/{id}", id: id})
}

// Cancellation is a way to ask an execution to stop.
type Cancellation string

const (
	// Cancel lets the workflow stop where it can.
	Cancel Cancellation = "cancel"
	// ForceCancel does not wait for the workflow to agree.
	ForceCancel Cancellation = "force-cancel"
	// Kill does not wait for the worker either: it also ends what never reached one.
	// Releases without Kills refuse it.
	Kill Cancellation = "kill"
)

// CancelExecution asks an execution to stop; it ends later, and perhaps otherwise
// than cancelled.
func (c *Client) CancelExecution(ctx context.Context, id string, how Cancellation) (*Execution, error) {
	return c.execution(ctx, call{method: "POST", route: "executions/{id}", id: id, in: map[string]string{"action": string(how)}})
}

func (c *Client) execution(ctx context.Context, call call) (*Execution, error) {
	var execution Execution
	if err := c.do(ctx, call, &execution); err != nil {
		return nil, err
	}
	execution.Error = c.masker.message(execution.Error)
	return &execution, nil
}

// ExecutionFilter chooses executions. Each part that is set restricts.
type ExecutionFilter struct {
	IDs          []string
	DeploymentID string
	WorkflowIDs  []string
	// Active leaves out those that have ended.
	Active bool

	// NewestFirst sorts the newest first, instead of the oldest.
	NewestFirst bool
	// Limit is how many to read; zero means all.
	Limit int
	// WithParameters also reads the parameters and who started it, of one deployment's executions only.
	WithParameters bool
}

// ListExecutions lists executions, without those that are scheduled for a day to come.
func (c *Client) ListExecutions(ctx context.Context, filter ExecutionFilter) ([]Execution, error) {
	if filter.WithParameters && filter.DeploymentID == "" {
		return nil, errors.New("GET executions: parameters can be read for one deployment only")
	}
	release, err := c.known(ctx)
	if err != nil {
		return nil, err
	}
	query := url.Values{"_sort": {"created_at", "id"}}
	if filter.NewestFirst {
		query["_sort"] = []string{"-created_at", "id"}
	}
	var more []string
	if filter.WithParameters {
		more = append(more, "parameters", "created_by")
	}
	query.Set("_include", release.include(executionFields, more...))
	if filter.DeploymentID != "" {
		query.Set("deployment_id", filter.DeploymentID)
	}
	if len(filter.WorkflowIDs) > 0 {
		query["workflow_id"] = slices.Clone(filter.WorkflowIDs)
	}
	switch {
	case filter.Active:
		query["status"] = release.known(activeStatuses)
	case release.listsScheduled():
		query["status"] = append(release.known(activeStatuses), endStatuses...)
	}
	executions, err := listByID[Execution](ctx, c, "executions", query, filter.IDs, filter.Limit)
	for i := range executions {
		executions[i].Error = c.masker.message(executions[i].Error)
	}
	return executions, err
}
