// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Firsts remembers when something about an object was first seen, one thing for each object: that it vanished, that an execution
// failed. A restart forgets it: the Manager is then asked once more, or given a little more time.
type Firsts struct {
	mu sync.Mutex
	at map[types.UID]first
}

type first struct {
	what string
	at   time.Time
}

// Since returns when what was first seen; now, if it is seen for the first time, or after something else.
func (f *Firsts) Since(object types.UID, what string, now time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at == nil {
		f.at = map[types.UID]first{}
	}
	seen, ok := f.at[object]
	if !ok || seen.what != what {
		seen = first{what, now}
		f.at[object] = seen
	}
	return seen.at
}

// Forget forgets what was seen of an object: it is over, or the object is gone.
func (f *Firsts) Forget(uid types.UID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.at, uid)
}

// Gone has forget called for each object that is gone, however it went. It wakes no controller.
func Gone(forget func(types.UID)) handler.Funcs {
	return handler.Funcs{DeleteFunc: func(_ context.Context, e event.DeleteEvent, _ workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		forget(e.Object.GetUID())
	}}
}
