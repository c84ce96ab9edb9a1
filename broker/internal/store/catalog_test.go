// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

func TestBehind(t *testing.T) {
	type objects map[string]string // resourceVersion by name
	for _, row := range []struct {
		name           string
		cached, listed objects
		version        string // of the list
		behind         bool
	}{
		{name: "nothing anywhere", version: "5"},
		{name: "the same", cached: objects{"a": "3"}, listed: objects{"a": "3"}, version: "5"},
		{name: "newer than the list", cached: objects{"a": "10"}, listed: objects{"a": "9"}, version: "9"},
		{name: "an older state", cached: objects{"a": "9"}, listed: objects{"a": "10"}, version: "10", behind: true},
		{name: "one that is missing", listed: objects{"a": "3"}, version: "5", behind: true},
		{name: "one that was deleted before", cached: objects{"a": "3"}, version: "5", behind: true},
		{name: "one that was created after", cached: objects{"a": "6"}, version: "5"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			var cached []*v1alpha1.CloudifyBlueprint
			for name, version := range row.cached {
				cached = append(cached, &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Name: name, ResourceVersion: version}})
			}
			list := &metav1.PartialObjectMetadataList{ListMeta: metav1.ListMeta{ResourceVersion: row.version}}
			for name, version := range row.listed {
				list.Items = append(list.Items, metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: name, ResourceVersion: version}})
			}
			g.Expect(behind(cached, list)).To(Equal(row.behind))
		})
	}
}

// A thousand refusals cost one look a second, and none rests on a look that began before it was asked for.
func TestRefreshIsShared(t *testing.T) {
	g := NewWithT(t)
	var begun atomic.Int64
	refused := errors.New("refused")
	r := &refresher{look: func(context.Context) error {
		begun.Add(1)
		time.Sleep(20 * time.Millisecond)
		return refused
	}}
	started := time.Now()
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			before := begun.Load()
			g.Expect(r.refresh(t.Context())).To(MatchError(refused))
			g.Expect(begun.Load()).To(BeNumerically(">", before))
		})
	}
	all.Wait()
	g.Expect(r.refresh(t.Context())).To(MatchError(refused))
	g.Expect(float64(begun.Load())).To(BeNumerically("<=", time.Since(started).Seconds()+1))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g.Expect(r.refresh(ctx)).To(MatchError(context.Canceled))
}
