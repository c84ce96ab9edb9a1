// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"flag"
	"testing"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

var env *testenv.Environment

func TestMain(m *testing.M) {
	// Stories wait most of the time, so more of them run side by side than there are cores.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	testenv.Main(m, &env)
}
