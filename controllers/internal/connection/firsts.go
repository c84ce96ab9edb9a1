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

// Firsts remembers when something of an object was first seen, one thing of each object. It may forget, as in a restart: the
// Manager is then asked once more, or given a little more time.
type Firsts struct {
	mu sync.Mutex
	at map[types.UID]first
}

type first struct {
	what string
	at   time.Time
}

// Since returns when it was first seen; now, if that is news, or what was seen last is another thing.
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

// Forget says that it is over, or that the object is.
func (f *Firsts) Forget(uid types.UID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.at, uid)
}

// Gone tells of objects that went, whether or not they were let go, so that what is remembered of them goes too. It wakes nobody.
func Gone(forget func(types.UID)) handler.Funcs {
	return handler.Funcs{DeleteFunc: func(_ context.Context, e event.DeleteEvent, _ workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		forget(e.Object.GetUID())
	}}
}
