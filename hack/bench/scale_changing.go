// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/load"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/rig"
)

// A platform reads the catalog with pauses, so that how long it waits is not how busy the machine is, while blueprints change so
// many times a second.
const (
	pause   = 20 * time.Millisecond
	changes = 10
	// watched is how long that goes on.
	watched = 8 * time.Second
)

// whileCatalogChanges tells how long the catalog takes while blueprints change, and while they do not.
func (b *bench) whileCatalogChanges(ctx context.Context, o *rig.Operator) ([][]string, error) {
	still, err := b.readWhile(ctx, o, "")
	if err != nil {
		return nil, err
	}
	beside := "while nothing changes: " + report.Duration(still.P99)
	var rows [][]string
	for _, change := range []struct{ title, patch string }{
		{"offerings change", `{"status":{"offering":{"description":"A shop, edition %d"}}}`},
		{"blueprints change in ways that the catalog does not show", `{"status":{"description":"A template, edition %d"}}`},
	} {
		run, err := b.readWhile(ctx, o, change.patch)
		if err != nil {
			return nil, err
		}
		title := fmt.Sprintf("catalog of %s offerings while %d times a second %s: 99 %% within", report.Count(b.sizes.offerings), changes, change.title)
		rows = append(rows, []string{title, report.Duration(run.P99), beside})
		b.tell("%s %s, %s", title, report.Duration(run.P99), beside)
	}
	return rows, nil
}

// readWhile reads the catalog again and again while somebody patches one blueprint after the other.
func (b *bench) readWhile(ctx context.Context, o *rig.Operator, patch string) (load.Run, error) {
	catalog, err := o.Platform.Message(rig.Ask{Method: http.MethodGet, Path: "catalog", Status: http.StatusOK})
	if err != nil {
		return load.Run{}, err
	}
	if err := o.Platform.Connect(ctx, 0); err != nil {
		return load.Run{}, err
	}
	changing, stop := context.WithCancel(ctx)
	changed := make(chan error, 1)
	go func() { changed <- b.change(ctx, changing.Done(), patch) }()
	over := b.profile(ctx, o, "catalog while "+patch, watched)
	run, err := load.Measure(ctx, 1, load.Limits{Time: watched, Pause: pause}, func(context.Context, int) error {
		return o.Platform.Send(0, catalog)
	})
	stop()
	return run, errors.Join(err, over(), <-changed)
}

// change patches blueprints until it is told to stop; a patch that began is finished.
func (b *bench) change(ctx context.Context, stop <-chan struct{}, patch string) error {
	tick := time.NewTicker(time.Second / changes)
	defer tick.Stop()
	for number := 0; ; number++ {
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
		if patch == "" {
			continue
		}
		if err := b.PatchBlueprintStatus(ctx, offeringName(number%b.sizes.offerings), fmt.Sprintf(patch, serial.Add(1))); err != nil {
			return err
		}
	}
}
