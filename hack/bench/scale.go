// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/cloudify-operator/cloudify-operator/hack/bench/internal/report"
)

func measureScale(ctx context.Context, b *bench) (report.Section, error) {
	return report.Section{}, nil
}
