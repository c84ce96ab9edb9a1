// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command devenv runs the operator with all that it needs, on loopback addresses, until it is interrupted: etcd,
// kube-apiserver and kube-controllers from bin/controlplane, a simulated Cloudify Manager, and bin/manager. --controlplane
// takes the first three from another folder. With --provide-controllers, kube-controllers is built while the other parts run
// already: only garbage collection, deleted namespaces and aggregated roles need it.
//
//	devenv [flags] [-- command [argument…]]
//
// With a command it runs that instead of waiting, in an environment that reaches the cluster (KUBECONFIG, PATH) and the
// Manager (CLOUDIFY_ENDPOINT), and ends with its exit code.
//
// The operator runs as its ServiceAccount, so it has the rights that config/default gives and no others. Whatever was
// started is stopped by its process ID, the last first.
package main
