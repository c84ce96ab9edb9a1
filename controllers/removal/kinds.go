// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package removal

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// kind is one of the operator's.
type kind struct {
	name, plural string
	// orphans: a deletionPolicy can leave at the Manager what an object stands for.
	orphans bool
	// deleting is what becomes of one that is deleted.
	deleting string
}

const (
	deploymentKind = "CloudifyDeployment"
	blueprintKind  = "CloudifyBlueprint"
	managerKind    = "CloudifyManager"
)

// kinds are in the order in which their objects go: what refers before what it refers to.
var kinds = []kind{
	{name: "CloudifyBinding", plural: "cloudifybindings", deleting: "takes its Secret with it"},
	{name: "CloudifyExecution", plural: "cloudifyexecutions", deleting: "is cancelled, if it is running"},
	{name: deploymentKind, plural: "cloudifydeployments", orphans: true, deleting: "is uninstalled at the Manager, unless its deletionPolicy is Orphan"},
	{name: blueprintKind, plural: "cloudifyblueprints", orphans: true, deleting: "is deleted at the Manager, if the operator uploaded it"},
	{name: managerKind, plural: "cloudifymanagers", deleting: "is forgotten; nothing changes at the Manager"},
}

// left is what there still is, by the name of its kind.
type left map[string][]unstructured.Unstructured

// look lists all objects that somebody has to delete. Blueprints that a CloudifyManager discovered leave with it, and come back when
// they are deleted before.
func look(ctx context.Context, c client.Client) (left, error) {
	found := left{}
	for _, k := range kinds {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(k.name + "List"))
		if err := c.List(ctx, list); meta.IsNoMatchError(err) {
			continue // nor are there objects of a kind that is not installed
		} else if err != nil {
			return nil, fmt.Errorf("list %ss: %w", k.name, err)
		}
		found[k.name] = list.Items
	}
	managers := map[string]bool{}
	for _, m := range found[managerKind] {
		managers[m.GetName()] = true
	}
	var written []unstructured.Unstructured
	for _, b := range found[blueprintKind] {
		if !managers[b.GetLabels()[v1alpha1.DiscoveredByLabel]] || policyOf(b) == v1alpha1.DeletionPolicyDelete {
			written = append(written, b)
		}
	}
	found[blueprintKind] = written
	return found, nil
}

func (l left) count() (n int) {
	for _, objects := range l {
		n += len(objects)
	}
	return n
}

// ordered counts the instances that platforms ordered.
func (l left) ordered() (n int) {
	for _, d := range l[deploymentKind] {
		if _, is, _ := unstructured.NestedMap(d.Object, "spec", "osb"); is {
			n++
		}
	}
	return n
}

func policyOf(o unstructured.Unstructured) v1alpha1.DeletionPolicy {
	policy, _, _ := unstructured.NestedString(o.Object, "spec", "deletionPolicy")
	return v1alpha1.DeletionPolicy(policy)
}
