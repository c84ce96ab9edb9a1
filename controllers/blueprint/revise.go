// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/access"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/references"
)

// sourceInterval is how often a missing ConfigMap is looked for: it is read, not watched.
const sourceInterval = 15 * time.Second

// resolveSource fills source and id, and refuses what the Manager's owner does not allow.
func (r *reconciler) resolveSource(ctx context.Context, s *scope) error {
	allowed, err := access.OfManager(s.manager, r.Namespace).Allows(ctx, r.Client, s.key.Namespace)
	if err != nil {
		return err
	}
	if !allowed {
		return outcome.Wait(v1alpha1.ReasonNamespaceNotAllowed,
			"CloudifyManager %s does not accept blueprints of namespace %s: its administrator can allow that in spec.blueprintNamespaces", s.manager.Name, s.key.Namespace)
	}
	if s.blueprint.Spec.Source == nil {
		s.id = s.blueprint.RemoteID()
		return nil
	}
	if r.sourceStands(ctx, s) {
		s.id, s.unread = s.blueprint.Status.BlueprintID, true
		return nil
	}
	return r.reviseSource(ctx, s)
}

// sourceStands reports whether the ConfigMap of a source may stay unread because the status answers to it: the watch says so, or,
// where there is none, it was read less than a resync ago.
func (r *reconciler) sourceStands(ctx context.Context, s *scope) bool {
	ref := s.blueprint.Spec.Source.ConfigMapRef
	if ref == nil || s.before.Status.ObservedSource == "" || !s.before.IsReady() || s.asked() {
		return false
	}
	if r.References == nil {
		s.readAgain = r.reads.Left(s.blueprint.UID, time.Now(), r.Reporter.Resync)
		return s.readAgain > 0
	}
	version := r.References.Version(ctx, "ConfigMap", types.NamespacedName{Namespace: s.key.Namespace, Name: ref.Name})
	return r.observedSource(version) == s.before.Status.ObservedSource
}

// observedSource stands for a version of a ConfigMap. The cluster is part of it, as it is part of the revision's ID.
func (r *reconciler) observedSource(version string) string {
	return references.Digest(map[string]string{"cluster": r.Cluster, "source": version})
}

// reviseSource reads the source, and says which revision it makes.
func (r *reconciler) reviseSource(ctx context.Context, s *scope) error {
	s.unread, s.readAgain = false, 0
	if err := r.readSource(ctx, s); err != nil {
		return err
	}
	if problem := s.source.check(); problem != "" {
		return outcome.Stall(v1alpha1.ReasonInvalidSource, "%s", problem)
	}
	s.id = s.source.revisionID(r.Cluster, s.key.Namespace, s.key.Name)
	return nil
}

func (r *reconciler) readSource(ctx context.Context, s *scope) error {
	spec := s.blueprint.Spec.Source
	s.source.mainFile = s.blueprint.Spec.MainFile
	if s.source.mainFile == "" {
		s.source.mainFile = defaultMainFile
	}
	switch {
	case spec.Archive != nil:
		s.source.url = spec.Archive.URL
		if !slices.ContainsFunc(s.manager.Spec.ArchiveURLPrefixes, func(prefix string) bool { return strings.HasPrefix(s.source.url, prefix) }) {
			return outcome.Wait(v1alpha1.ReasonURLNotAllowed,
				"CloudifyManager %s does not allow this archive URL: its administrator can add a matching prefix to spec.archiveURLPrefixes", s.manager.Name)
		}
	case spec.Inline != nil:
		s.source.files = inlineSource(spec.Inline)
	case spec.ConfigMapRef != nil:
		var config corev1.ConfigMap
		key := types.NamespacedName{Namespace: s.key.Namespace, Name: spec.ConfigMapRef.Name}
		switch err := r.APIReader.Get(ctx, key, &config); {
		case apierrors.IsNotFound(err):
			return outcome.WaitFor(sourceInterval, v1alpha1.ReasonSourceMissing, "ConfigMap %s of spec.source.configMapRef not found: create it", key)
		case err != nil:
			return fmt.Errorf("read source ConfigMap: %w", err)
		}
		s.observed = r.observedSource(references.Version(&config))
		r.reads.Done(s.blueprint.UID, time.Now(), r.Reporter.Resync)
		files, missing := configMapSource(spec.ConfigMapRef, config.Data, config.BinaryData)
		if len(missing) > 0 {
			return outcome.WaitFor(sourceInterval, v1alpha1.ReasonSourceMissing, "ConfigMap %s has no key %s, which spec.source.configMapRef.items refers to: add it",
				key, strings.Join(missing, ", "))
		}
		s.source.files = files
	}
	return nil
}
