// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// final is an error after which there is nothing to wait for.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// Await tries something at an interval until it works.
func Await(ctx context.Context, what string, within, interval time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		if _, over := errors.AsType[final](err); over {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, errors.Join(err, context.Cause(ctx)))
		case <-time.After(interval):
		}
	}
}

// Sleep waits, and returns an error if that is interrupted.
func Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
