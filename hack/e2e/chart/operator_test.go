// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

const password = "pw-9f86d081884c7d65"

const blueprint = `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
node_templates:
  host: {type: cloudify.nodes.Root}
`

// shop is what people have the operator do.
type shop struct {
	remote     *testenv.RemoteManager
	manager    *v1alpha1.CloudifyManager
	blueprint  *v1alpha1.CloudifyBlueprint
	deployment *v1alpha1.CloudifyDeployment
}

func newShop(t *testing.T) *shop {
	t.Helper()
	remote := testenv.StartManager(t, simulator.Options{Username: "admin", Password: password})
	ns := env.Namespace(t)
	return &shop{
		remote: remote, manager: testenv.Manager("default", remote.URL),
		blueprint:  testenv.Blueprint(ns, "cellar", testenv.Inline(map[string]string{"blueprint.yaml": blueprint})),
		deployment: testenv.Deployment(ns, "cellar", "cellar"),
	}
}

// works: what is created becomes ready.
func (s *shop) works(t *testing.T) {
	g := NewWithT(t)
	for _, o := range []client.Object{testenv.Credentials(namespace, "default", "admin", password), s.manager, s.blueprint, s.deployment} {
		g.Expect(env.Client.Create(t.Context(), o)).To(Succeed())
	}
	g.Eventually(func() (testenv.Object, error) {
		return s.deployment, env.Client.Get(t.Context(), client.ObjectKeyFromObject(s.deployment), s.deployment)
	}).WithTimeout(patience).WithPolling(50 * time.Millisecond).Should(testenv.BeReady())
}
