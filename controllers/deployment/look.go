// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"fmt"
	"slices"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// looks is how often deployment and executions are read until they belong together.
const looks = 3

// look reads the deployment and its executions. Executions first: what one did that has ended shows in the deployment, and what
// began since is refused a companion. The other way round, a deployment read while an execution ran would be judged as if that
// were its result. What began between the two reads is in the deployment only, be it its own creation: look again.
func look(ctx context.Context, s *scope) (remote *cloudify.Deployment, executions []cloudify.Execution, err error) {
	for range looks {
		if executions, err = listExecutions(ctx, s); err != nil {
			return nil, nil, err
		}
		if remote, err = s.conn.GetDeployment(ctx, s.id); err != nil {
			return nil, nil, fmt.Errorf("read deployment %s: %w", s.id, err)
		}
		if len(executions) > 0 && unlisted(remote, executions) == "" {
			return remote, executions, nil
		}
	}
	id := unlisted(remote, executions)
	if id == "" {
		return remote, executions, nil // old executions are cleared away, here all of them
	}
	began, err := s.conn.GetExecution(ctx, id)
	switch {
	case cloudify.IsNotFound(err): // this one, too
		return remote, executions, nil
	case err != nil:
		return nil, nil, fmt.Errorf("read execution %s: %w", id, err)
	}
	return nil, nil, outcome.WaitFor(soon, s.reasonOf(began), "execution %s of deployment %s is not listed yet; looking again", id, s.id)
}

// unlisted is an execution that the deployment names and that is not in the list, "" if there is none. What a list that was cut
// lacks may be older.
func unlisted(d *cloudify.Deployment, listed []cloudify.Execution) string {
	if len(listed) >= maxExecutions {
		return ""
	}
	for _, id := range []string{d.CreateExecution, d.LatestExecution} {
		if id != "" && !slices.ContainsFunc(listed, func(e cloudify.Execution) bool { return e.ID == id }) {
			return id
		}
	}
	return ""
}
