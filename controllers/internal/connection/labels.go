// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// OwnerLabels say at a Manager whose object a deployment or blueprint is; the census of the watcher reads them.
func OwnerLabels(cluster string, object types.NamespacedName) cloudify.LabelSet {
	return cloudify.LabelSet{
		v1alpha1.RemoteLabelCluster:   {cluster},
		v1alpha1.RemoteLabelNamespace: {object.Namespace},
		v1alpha1.RemoteLabelName:      {object.Name},
		v1alpha1.RemoteLabelManagedBy: {v1alpha1.ManagedBy},
	}
}
