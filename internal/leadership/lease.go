// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package leadership

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// Lease is the lock of the leader election. It passes whatever it sees of the lease on to its Proof.
type Lease struct {
	resourcelock.Interface
	// Recorder makes events of elections; nil: none are made.
	Recorder events.EventRecorder

	proof *Proof

	// mu keeps the election and its end apart.
	mu sync.Mutex
	// ended: this process takes no part in elections any more.
	ended bool
	// taken: the lease was seen in other hands, or gone, after it had been ours.
	taken bool
}

// NewLease returns the lock of a Lease in a namespace, as controller-runtime would make it, and the Proof that it gives.
func NewLease(config *rest.Config, namespace, name string, renewDeadline time.Duration) (*Lease, *Proof, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, nil, fmt.Errorf("find the name of this host: %w", err)
	}
	lock, err := resourcelock.NewFromKubeconfig(resourcelock.LeasesResourceLock, namespace, name,
		resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())}, config, renewDeadline)
	if err != nil {
		return nil, nil, fmt.Errorf("make the lock of Lease %s/%s: %w", namespace, name, err)
	}
	proof := New(renewDeadline)
	return &Lease{Interface: lock, proof: proof}, proof, nil
}

// Get reads who leads. A lease that is no longer ours, or is gone, ends leadership: another process may have led meanwhile.
func (l *Lease) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		record := heldByNobody
		return &record, []byte(record.HolderIdentity), nil
	}
	record, raw, err := l.Interface.Get(ctx)
	switch {
	case apierrors.IsNotFound(err):
		l.taken = l.proof.lose(fmt.Sprintf("Lease %s is gone", l.Describe()))
	case err == nil && record.HolderIdentity != l.Identity():
		l.taken = l.proof.lose(fmt.Sprintf("Lease %s is held by %q", l.Describe(), record.HolderIdentity))
	}
	return record, raw, err
}

// Create makes the lease, and this process its holder.
func (l *Lease) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.write(ctx, record, l.Interface.Create)
}

// Update takes, renews or releases the lease.
func (l *Lease) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.write(ctx, record, l.Interface.Update)
}

func (l *Lease) write(ctx context.Context, record resourcelock.LeaderElectionRecord,
	send func(context.Context, resourcelock.LeaderElectionRecord) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return nil // client-go goes on until the process has ended
	}
	if l.taken { // client-go goes by an older read, and would release what another process holds
		return context.Cause(l.proof.term)
	}
	ours := record.HolderIdentity == l.Identity()
	if !ours {
		l.proof.lose(fmt.Sprintf("Lease %s was released", l.Describe()))
	}
	asked := l.proof.clock()
	err := send(ctx, record)
	switch {
	case err == nil && ours:
		l.proof.renew(asked)
	case apierrors.IsConflict(err), apierrors.IsNotFound(err), apierrors.IsAlreadyExists(err):
		l.proof.lapse() // a Get follows, and shows who holds it
	}
	return err
}

// RecordEvent says on the Lease what became of an election.
func (l *Lease) RecordEvent(what string) {
	if l.Recorder == nil {
		return
	}
	namespace, name, _ := strings.Cut(l.Describe(), "/")
	lease := &coordinationv1.Lease{
		TypeMeta:   metav1.TypeMeta{APIVersion: coordinationv1.SchemeGroupVersion.String(), Kind: "Lease"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
	}
	l.Recorder.Eventf(lease, nil, corev1.EventTypeNormal, "LeaderElection", "Elect", "%s %s", l.Identity(), what)
}
