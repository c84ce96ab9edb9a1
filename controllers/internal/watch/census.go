// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"slices"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// Marked is a deployment or blueprint at a Manager that carries this cluster's label, with what its labels say of its object.
type Marked struct{ ID, Namespace, Name string }

// Census is all that carries this cluster's label at one Manager.
type Census struct {
	// Number is another one for each count.
	Number                  int
	Deployments, Blueprints []Marked
}

// counting is the latest count of one Manager.
type counting struct {
	latest *Census // nil: there was none yet
	counts int     // how many there were
	again  bool    // a controller asked for another
}

func (c *counting) counted(census *Census) {
	c.counts++
	census.Number = c.counts
	c.latest, c.again = census, false
}

// marked appends what is marked with a cluster's label.
func marked(to []Marked, cluster, id string, labels cloudify.LabelSet) []Marked {
	if !slices.Contains(labels[v1alpha1.RemoteLabelCluster], cluster) {
		return to
	}
	return append(to, Marked{
		ID: id, Namespace: firstOf(labels[v1alpha1.RemoteLabelNamespace]), Name: firstOf(labels[v1alpha1.RemoteLabelName]),
	})
}

func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
