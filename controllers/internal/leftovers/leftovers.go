// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package leftovers removes what this process made at a Manager for an object that went before our finalizer could hold it.
//
// The API server decides whether a DELETE takes an object at once on what it read before, so a DELETE that comes within
// milliseconds of the create overtakes the finalizer. Memory therefore knows for which objects something was made in the last
// minutes. When a watch says that one of them went, or the reconcile that made something does not find it afterwards, its last
// state is reconciled as an object that is being deleted, by its own controller and the same steps, until it is let go; only
// its writes go nowhere.
//
// Nothing else is removed without an object. An object that was let go by hand, or missing in a list, is not taken for
// overtaken: a restored etcd makes many vanish at once. What memory loses with its process is reported as an orphan.
package leftovers

import (
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// mostGone bounds how many objects are remembered that are gone.
const mostGone = 1000

// Memory of the objects of one kind.
type Memory[T outcome.Object] struct {
	client client.Client
	live   client.Reader

	mu   sync.Mutex
	made made
	// unconfirmed are the objects for which something was made, until a read or a write shows whether they are there still: a
	// watch that saw one go before something was made took no notice.
	unconfirmed map[types.NamespacedName]T
	// gone are the last states of objects that went, until what was made for them has gone as well.
	gone map[types.UID]T
}

// New returns a Memory of nothing. live makes sure that an object is gone.
func New[T outcome.Object](c client.Client, live client.Reader) *Memory[T] {
	return &Memory[T]{client: c, live: live, unconfirmed: map[types.NamespacedName]T{}, gone: map[types.UID]T{}}
}

// Made says that something is about to be made at a Manager for o.
func (m *Memory[T]) Made(o T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.made.note(o.GetUID(), time.Now())
	m.unconfirmed[client.ObjectKeyFromObject(o)] = o.DeepCopyObject().(T)
}

// toConfirm is the object of a name for which something was made, and which nobody has seen since.
func (m *Memory[T]) toConfirm(key types.NamespacedName) (o T, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, found = m.unconfirmed[key]
	return o, found
}

// seen says that an object was, or was not, there after something was made for it.
func (m *Memory[T]) seen(o client.Object, there bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := client.ObjectKeyFromObject(o)
	last, found := m.unconfirmed[key]
	if !found || last.GetUID() != o.GetUID() {
		return
	}
	delete(m.unconfirmed, key)
	if !there && overtaken(last) {
		m.remember(last)
	}
}

// deleted takes the last state of an object that a watch saw go, and reports whether something was left behind.
func (m *Memory[T]) deleted(last T) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.made.lately(last.GetUID(), time.Now()) && overtaken(last) && m.remember(last)
}

// overtaken reports whether an object went with the finalizer on it and without being held by it. One that was let go, by us or
// by hand, had lost it.
func overtaken(last client.Object) bool {
	return last.GetDeletionTimestamp().IsZero() && controllerutil.ContainsFinalizer(last, v1alpha1.Finalizer)
}

// remember keeps an object that is gone, as one that is being deleted, unless there are too many; called with mu held.
func (m *Memory[T]) remember(last T) bool {
	if _, known := m.gone[last.GetUID()]; !known && len(m.gone) >= mostGone {
		return false
	}
	o := last.DeepCopyObject().(T)
	o.SetDeletionTimestamp(new(metav1.Now()))
	m.gone[o.GetUID()] = o
	return true
}

// goneOf are copies of the objects of a name that are gone.
func (m *Memory[T]) goneOf(key types.NamespacedName) []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []T
	for _, o := range m.gone {
		if client.ObjectKeyFromObject(o) == key {
			found = append(found, o.DeepCopyObject().(T))
		}
	}
	return found
}

// Clearing reports whether something may still be there that was made for an object of the same name that went.
func (m *Memory[T]) Clearing(o T) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := client.ObjectKeyFromObject(o)
	if last, found := m.unconfirmed[key]; found && last.GetUID() != o.GetUID() {
		return true
	}
	for _, other := range m.gone {
		if client.ObjectKeyFromObject(other) == key && other.GetUID() != o.GetUID() {
			return true
		}
	}
	return false
}

// isGone reports whether an object is in memory only.
func (m *Memory[T]) isGone(uid types.UID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, gone := m.gone[uid]
	return gone
}

// keep notes what became of an object that is gone.
func (m *Memory[T]) keep(o T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gone[o.GetUID()] = o
}

func (m *Memory[T]) forget(uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.gone, uid)
}
