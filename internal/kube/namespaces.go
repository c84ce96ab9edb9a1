// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Namespaces reads a list of namespaces with commas between them, and adds those that the operator always needs. An empty list
// stays empty and means all namespaces of the cluster.
func Namespaces(list string, always ...string) ([]string, error) {
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			return nil, fmt.Errorf("%q is not a namespace name: give names separated by commas, such as shop,bank", name)
		}
		names = append(names, name)
	}
	names = append(names, always...)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Watches reports whether the view includes a namespace.
func (v View) Watches(namespace string) bool {
	return len(v.Watched) == 0 || slices.Contains(v.Watched, namespace)
}
