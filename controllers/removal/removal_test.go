// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package removal

import (
	"fmt"
	"io"
	"testing"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func object(namespace, name string, spec map[string]any) unstructured.Unstructured {
	o := unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	o.SetNamespace(namespace)
	o.SetName(name)
	return o
}

// What is left is named, in the order in which it goes.
func TestRefusal(t *testing.T) {
	g := NewWithT(t)
	found := left{
		managerKind:    {object("", "default", nil)},
		deploymentKind: {object("cloudify-services", "i", map[string]any{"osb": map[string]any{"instanceID": "i"}})},
	}
	for i := range 12 {
		found[blueprintKind] = append(found[blueprintKind], object("catalog", fmt.Sprintf("b%d", i), nil))
	}
	g.Expect(found.refusal()).To(Equal(`the operator cannot be removed while 14 of its objects exist: without it they are never deleted, and nothing is uninstalled.
Delete them while the operator runs, in this order, and wait for each kind to be gone:
  1. 1 CloudifyDeployment: cloudify-services/i
     kubectl delete cloudifydeployments --all --all-namespaces    # each is uninstalled at the Manager, unless its deletionPolicy is Orphan
  2. 12 CloudifyBlueprints: catalog/b0, catalog/b1, catalog/b2, catalog/b3, catalog/b4, catalog/b5, catalog/b6, catalog/b7, catalog/b8, catalog/b9 and 2 more
     kubectl delete cloudifyblueprints --all --all-namespaces    # each is deleted at the Manager, if the operator uploaded it
  3. 1 CloudifyManager: default
     kubectl delete cloudifymanagers --all    # each is forgotten; nothing changes at the Manager
Platforms ordered 1 of the CloudifyDeployments: delete those service instances at their platforms, which otherwise believe in them.
To leave everything at the Managers as it is instead: make undeploy ORPHAN=yes, or the command check-removal --orphan.`))
}

func TestWrongArguments(t *testing.T) {
	g := NewWithT(t)
	g.Expect(Run(t.Context(), []string{"--timeout=0s"}, io.Discard)).To(MatchError(ContainSubstring("must be positive")))
	g.Expect(Run(t.Context(), []string{"now"}, io.Discard)).To(MatchError(ContainSubstring(`no argument "now"`)))
	g.Expect(Run(t.Context(), []string{"--orphans"}, io.Discard)).To(HaveOccurred())
	g.Expect(Run(t.Context(), []string{"--help"}, io.Discard)).To(Succeed())
}
