// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"os"
	"strconv"
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers"
)

// sized is how many objects a story has: as many as usual, or as a variable of the environment says. make scale sets them.
func sized(variable string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return usual
}

// asShipped gives an operator the intervals that it has without flags, and as many workers or as CLOUDIFY_WORKERS says.
func asShipped(o *controllers.Options) {
	o.WatchBusy, o.WatchIdle, o.WatchList, o.Resync = 0, 0, 0, 10*time.Minute
	o.Concurrency = sized("CLOUDIFY_WORKERS", controllers.DefaultConcurrency)
}
