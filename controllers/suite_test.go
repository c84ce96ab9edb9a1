// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Stories of the controllers over a real Kubernetes API and a simulated Cloudify Manager.
//
// A story has a Manager, a CloudifyManager and a namespace for itself (tell), and looks at what is reached in Kubernetes and
// at what the Manager holds. Stories run side by side with one operator; one that restarts its operator, or wants other
// options, starts its own. Operators leave each other's objects alone: each sees those with its label.
package controllers_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

var (
	env *testenv.Environment
	// everybodys is the operator that stories share.
	everybodys *operator
)

func TestMain(m *testing.M) {
	// Stories wait most of the time, so more of them run side by side than there are cores.
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	testenv.Main(stories{m}, &env)
}

// stories are the tests of this package, with an operator around them.
type stories struct{ *testing.M }

func (s stories) Run() int {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "everybodys-operator"}}
	if err := env.Client.Create(context.Background(), namespace); err != nil {
		return failed(err)
	}
	everybodys = newOperator(namespace.Name)
	if err := everybodys.start(); err != nil {
		return failed(err)
	}
	code := s.M.Run()
	if err := everybodys.end(); err != nil {
		return failed(err)
	}
	return code
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "FAIL:", err)
	return 1
}
