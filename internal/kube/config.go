// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"errors"
	"fmt"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
)

// Config returns where the Kubernetes API is: --kubeconfig, KUBECONFIG, the pod's own cluster or ~/.kube/config. Its error says how
// to name another place.
func Config() (*rest.Config, error) {
	config, err := ctrl.GetConfig()
	switch {
	case clientcmd.IsEmptyConfig(err):
		return nil, errors.New("there is no kubeconfig, and this is not a pod: set --kubeconfig or KUBECONFIG to say where the Kubernetes API is")
	case err != nil:
		return nil, fmt.Errorf("find the Kubernetes API: %w; correct --kubeconfig or KUBECONFIG", err)
	}
	return config, nil
}
