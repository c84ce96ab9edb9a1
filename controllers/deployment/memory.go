// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// known is what a close look saw of a deployment that something runs on, or was asked to run after it: the executions, newest
// first, with their parameters.
type known struct {
	remote     *cloudify.Deployment
	executions []cloudify.Execution
}

// memory holds what is known of each object's deployment while something runs there. It saves asking the Manager for what it
// said before, and decides nothing: without it, as after a restart or any error, all is asked for.
type memory struct {
	mu sync.Mutex
	of map[types.UID]known
}

func (m *memory) get(uid types.UID) (known, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.of[uid]
	return k, ok
}

// take is get, and leaves nothing behind.
func (m *memory) take(uid types.UID) (known, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.of[uid]
	delete(m.of, uid)
	return k, ok
}

func (m *memory) keep(uid types.UID, k known) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.of == nil {
		m.of = map[types.UID]known{}
	}
	m.of[uid] = k
}

func (m *memory) forget(uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.of, uid)
}

// followed are the executions that are known with what a list says of those that run, false where none does, or one of which too
// little is known. What is followed and was asked for after the list began runs until a list can tell.
func (k known) followed(list watch.Running) (executions []cloudify.Execution, ok bool) {
	executions = slices.Clone(k.executions)
	listed := map[string]bool{}
	for _, row := range list.Executions {
		listed[row.ID] = true
		i := slices.IndexFunc(executions, func(e cloudify.Execution) bool { return e.ID == row.ID })
		switch {
		case i >= 0:
			row.Parameters = executions[i].Parameters
			executions[i] = row
		case workflowOf(row.WorkflowID).byManager:
			executions = slices.Insert(executions, 0, row)
		default: // its parameters tell who started it
			return nil, false
		}
	}
	active := false
	for i := range executions {
		if e := &executions[i]; e.Active() {
			active = true
			if !listed[e.ID] && list.Newer {
				return nil, false
			}
		}
	}
	return executions, active
}

// over are the executions that are known now that none of them runs any more, false where one ended in another way than well, or
// is not known to have ended: their parameters and errors matter then.
func (k known) over(ended func(id string) (cloudify.Execution, bool)) (executions []cloudify.Execution, ok bool) {
	executions = slices.Clone(k.executions)
	for i := range executions {
		e := &executions[i]
		if !e.Active() {
			continue
		}
		row, told := ended(e.ID)
		if !told || !row.Succeeded() {
			return nil, false
		}
		row.Parameters = e.Parameters
		*e = row
	}
	return executions, true
}
