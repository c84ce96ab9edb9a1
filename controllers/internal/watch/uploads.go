// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// uploading are the states of an upload that is not over. Its execution names no blueprint, so the blueprints are asked.
var uploading = []string{"pending", "uploading", "extracting", "parsing", "validating"}

// FollowUpload makes the poller look often until the upload of a blueprint is over, well or not, and then wakes object.
func (w *Watcher) FollowUpload(manager, blueprintID string, object types.NamespacedName) {
	l := w.ledger(manager)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.follow(l.uploads, followed{blueprintID, object})
}

// listUploads looks at the uploads while one of ours is open.
func (p *poller) listUploads(ctx context.Context) error {
	began, open := p.ledger.beginUploads()
	if !open {
		return nil
	}
	blueprints, err := p.api.ListBlueprints(ctx, cloudify.BlueprintFilter{States: uploading})
	if err != nil && !cloudify.IsUnsupported(err) { // releases without states answer an upload when it is over
		return err
	}
	p.ledger.uploading(began, blueprints)
	return nil
}

func (l *ledger) beginUploads() (began beat, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tick(), len(l.uploads) > 0
}

// uploading takes all uploads that are not over, and wakes those who wait for another.
func (l *ledger) uploading(began beat, blueprints []cloudify.Blueprint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.answered(began) {
		return
	}
	open := make(map[string]bool, len(blueprints))
	for i := range blueprints {
		open[blueprints[i].ID] = true
	}
	for _, object := range over(l.uploads, began, open) {
		l.blueprintWakes.wake(object)
	}
}
