// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/phases"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/watch"
)

// scope is one reconcile of a CloudifyManager.
type scope struct {
	before, manager *v1alpha1.CloudifyManager

	// users, filled by claim, hold the CloudifyManager back while it is deleted.
	users []string
	// config, filled by resolve, is what spec, Secret and certificate authorities come to.
	config cloudify.Config
	// version, filled by connect, is what the Manager last said of itself; readAgain is when that is asked anew.
	version   *cloudify.Version
	readAgain time.Duration
	// finding is what became of what was discovered; nil: not known.
	finding *watch.Finding
	// orphans are what the latest counts found; nil: there is no news.
	orphans *orphans
}

func (s *scope) subject() phases.Subject {
	return phases.Subject{Kind: "CloudifyManager", NamespacedName: client.ObjectKeyFromObject(s.before)}
}
