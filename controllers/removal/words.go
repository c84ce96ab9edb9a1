// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package removal

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// named is how many objects of a kind are named.
const named = 10

// refusal says what is left, and how it goes.
func (l left) refusal() string {
	text := &strings.Builder{}
	fmt.Fprintf(text, "the operator cannot be removed while %d of its objects exist: without it they are never deleted, and nothing is uninstalled.\n", l.count())
	text.WriteString("Delete them while the operator runs, in this order, and wait for each kind to be gone:\n")
	step := 0
	for _, k := range kinds {
		objects := l[k.name]
		if len(objects) == 0 {
			continue
		}
		step++
		fmt.Fprintf(text, "  %d. %s: %s\n", step, k.counted(len(objects)), names(objects))
		everywhere := " --all-namespaces"
		if k.name == managerKind {
			everywhere = ""
		}
		fmt.Fprintf(text, "     kubectl delete %s --all%s    # each %s\n", k.plural, everywhere, k.deleting)
	}
	if n := l.ordered(); n > 0 {
		fmt.Fprintf(text, "Platforms ordered %d of the CloudifyDeployments: delete those service instances at their platforms, which otherwise believe in them.\n", n)
	}
	text.WriteString("To leave everything at the Managers as it is instead: make undeploy ORPHAN=yes, or the command check-removal --orphan.")
	return text.String()
}

// counted is a number of objects of a kind.
func (k kind) counted(n int) string {
	if n == 1 {
		return "1 " + k.name
	}
	return fmt.Sprintf("%d %ss", n, k.name)
}

// names are those of the first objects, and how many more there are.
func names(objects []unstructured.Unstructured) string {
	var all []string
	for _, o := range objects {
		all = append(all, nameOf(o))
	}
	return outcome.Enumerate(all, named)
}

func nameOf(o unstructured.Unstructured) string {
	name := client.ObjectKeyFromObject(&o).String()
	if o.GetNamespace() == "" {
		name = o.GetName()
	}
	if o.GetDeletionTimestamp() != nil {
		name += " (being deleted)"
	}
	return name
}
