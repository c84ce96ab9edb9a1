// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package testenv gives tests a Kubernetes control plane of their own: etcd and kube-apiserver
// from bin/controlplane, on loopback, with the operator's CRDs and RBAC enforced. It is imported
// by tests only.
//
// A package starts one in its TestMain and shares it among its tests, each in a namespace of its
// own:
//
//	var env *testenv.Environment
//
//	func TestMain(m *testing.M) { testenv.Main(m, &env) }
//
//	func TestSomething(t *testing.T) {
//		namespace := env.Namespace(t)
//		…
//	}
//
// Objects are built by Manager, Blueprint and Deployment, and judged by matchers such as BeReady
// and BeStalled. StartManager serves a simulated Cloudify Manager for them to refer to.
//
// No controllers of Kubernetes run: nothing collects garbage, and a deleted namespace stays in
// Terminating. StartControllers runs some. No pods run either: RunPod runs one
// as a process, and StartNode all that there are, each with its arguments and its ServiceAccount.
package testenv
