// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"net"
	"testing"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

// The operator comes, is upgraded, is used, and goes when nothing needs it any more: then nothing of it is left.
func TestDeployAndUndeploy(t *testing.T) {
	c := newCluster(t, false)
	installs(c)
	upgrades(c)
	isAdmitted(c)
	showsWhatThereIs(c)

	stop := c.run(c.deploy())
	stop()
	address := testenv.FreeAddress(t)
	d := c.deploy("CONFIG=config/default-osb")
	c.Expect(d.Spec.Template.Spec.Containers[0].Args).To(ContainElement("--osb-bind-address=:8090"))
	stop = c.run(d, "--osb-bind-address="+address) // no Secret of the endpoint is there
	_, err := net.Dial("tcp", address)
	c.Expect(err).To(MatchError(ContainSubstring("refused")))

	removedInOrder(c)
	stop()

	stop = c.run(c.deploy())
	removedWithOrphans(c)
	stop()
}

// installs checks what a first make deploy leaves open.
func installs(c *cluster) {
	d := c.deploy()
	c.Expect(d.Spec.Replicas).To(HaveValue(BeEquivalentTo(1)))
	c.Expect(d.Spec.Template.Spec.Containers[0].Image).To(Equal(image))
	c.Expect(d.Spec.Template.Spec.Volumes).To(BeEmpty(), "it needs no Secrets")
	c.Expect(c.kubectlMust("get", "namespaces", "--output", "name")).NotTo(ContainSubstring(services))
}

// upgrades: make deploy again keeps the replicas that somebody scaled to, sets everything else, and changes nothing where it cannot
// do all.
func upgrades(c *cluster) {
	deployment := "deployment/" + name
	c.kubectlMust("scale", deployment, "--namespace", operatorNamespace, "--replicas=3")
	c.kubectlMust("set", "image", deployment, "--namespace", operatorNamespace, "manager=example.com/other:2")
	d := c.deploy()
	c.Expect(d.Spec.Replicas).To(HaveValue(BeEquivalentTo(3)))
	c.Expect(d.Spec.Template.Spec.Containers[0].Image).To(Equal(image))
	c.Expect(c.deploy().ResourceVersion).To(Equal(d.ResourceVersion), "the same again changes nothing")

	printed, err := c.make("deploy", "CONFIG=config/default-osb", `IMG=""`)
	c.Expect(err).To(HaveOccurred(), printed)
	c.Expect(env.Client.Get(c.t.Context(), client.ObjectKey{Namespace: operatorNamespace, Name: "cloudify-operator-osb"}, &corev1.Service{})).
		To(Satisfy(apierrors.IsNotFound), "half an upgrade was applied")
}

// isAdmitted: restricted Pod Security lets two replicas of the pod in, and would not let one in that asks for more.
func isAdmitted(c *cluster) {
	overlay := c.overlay("config/default-osb", "config/replicas", "config/networkpolicy")
	d := c.deploy("CONFIG=" + overlay)
	c.Expect(d.Spec.Replicas).To(HaveValue(BeEquivalentTo(2)))
	c.Expect(c.kubectlMust("get", "poddisruptionbudget,networkpolicy", "--namespace", operatorNamespace, "--output", "name")).To(Equal(
		"poddisruptionbudget.policy/" + name + "\nnetworkpolicy.networking.k8s.io/" + name + "\n"))
	restricted := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "restricted", Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}}
	c.Expect(env.Client.Create(c.t.Context(), restricted)).To(Succeed())
	for _, namespace := range []string{operatorNamespace, restricted.Name} {
		c.Expect(env.Client.Create(c.t.Context(), podOf(d, namespace), client.DryRunAll)).To(Succeed())
		more := podOf(d, namespace)
		more.Spec.SecurityContext.RunAsNonRoot = nil
		c.Expect(env.Client.Create(c.t.Context(), more, client.DryRunAll)).To(Satisfy(apierrors.IsForbidden))
	}
}

func podOf(d *appsv1.Deployment, namespace string) *corev1.Pod {
	template := d.Spec.Template.DeepCopy()
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: name + "-", Namespace: namespace, Labels: template.Labels}, Spec: template.Spec}
}

// showsWhatThereIs: users of one namespace see what is in it, and the catalog where that is opened to them.
func showsWhatThereIs(c *cluster) {
	shop := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	c.Expect(env.Client.Create(c.t.Context(), shop)).To(Succeed())
	c.deploy("CONFIG=" + c.overlay("config/default", "config/rbac/catalog"))
	for user, verbs := range map[string][]string{"view": {"get", "list"}, "edit": {"get", "list", "create"}} {
		c.kubectlMust("create", "rolebinding", user, "--clusterrole="+user, "--user="+user, "--namespace=shop")
		as := []string{"--as=" + user, "--as-group=system:authenticated"}
		for _, verb := range verbs {
			c.Eventually(func() (string, error) {
				return c.kubectl(append([]string{"auth", "can-i", verb, "cloudifydeployments.cloudify.co", "--namespace=shop"}, as...)...)
			}).Should(HavePrefix("yes"), user+" "+verb)
		}
		c.Eventually(func() error {
			_, err := c.kubectl(append([]string{"get", "cloudify", "--namespace=shop"}, as...)...)
			return err
		}).Should(Succeed(), user)
		c.kubectlMust(append([]string{"get", "cloudifyblueprints", "--namespace=cloudify-catalog"}, as...)...)
		_, err := c.kubectl(append([]string{"get", "cloudifydeployments", "--namespace=cloudify-catalog"}, as...)...)
		c.Expect(err).To(HaveOccurred(), "the catalog shows blueprints and nothing else")
	}
}

// use connects a Manager and deploys something there.
func use(c *cluster) *testenv.RemoteManager {
	ctx := c.t.Context()
	remote := testenv.StartManager(c.t, simulator.Options{Username: "admin", Password: password})
	d := testenv.Deployment("shop", "cellar", "cellar")
	for _, o := range []client.Object{
		testenv.Credentials(operatorNamespace, "default", "admin", password), testenv.Manager("default", remote.URL),
		testenv.Blueprint("shop", "cellar", testenv.Inline(map[string]string{"blueprint.yaml": blueprint})), d,
	} {
		c.Expect(env.Client.Create(ctx, o)).To(Succeed())
	}
	c.Eventually(func() (testenv.Object, error) { return d, env.Client.Get(ctx, client.ObjectKeyFromObject(d), d) }).Should(testenv.BeReady())
	return remote
}

// removedInOrder: make undeploy refuses and changes nothing while anything is left, and says what to do; after that it ends.
func removedInOrder(c *cluster) {
	remote := use(c)
	printed, err := c.make("undeploy")
	c.Expect(err).To(HaveOccurred())
	c.Expect(printed).To(And(ContainSubstring("1. 1 CloudifyDeployment: shop/cellar"), ContainSubstring("2. 1 CloudifyBlueprint: shop/cellar"),
		ContainSubstring("3. 1 CloudifyManager: default")))
	_, err = c.make("uninstall")
	c.Expect(err).To(HaveOccurred())
	c.Expect(c.terminating()).To(BeEmpty())
	var d v1alpha1.CloudifyDeployment
	c.Expect(env.Client.Get(c.t.Context(), client.ObjectKey{Namespace: "shop", Name: "cellar"}, &d)).To(Succeed())
	c.Expect(d.DeletionTimestamp).To(BeNil())

	for _, kind := range []string{"cloudifydeployments", "cloudifyblueprints"} {
		c.kubectlMust("delete", kind, "--all", "--all-namespaces", "--timeout=60s")
	}
	c.kubectlMust("delete", "cloudifymanagers", "--all", "--timeout=60s")
	c.Expect(remote.Deployments()).To(BeEmpty())

	c.kubectlMust("create", "configmap", "kept", "--namespace", services)
	printed, err = c.make("undeploy")
	c.Expect(err).NotTo(HaveOccurred(), printed)
	c.Expect(printed).To(ContainSubstring("Namespace cloudify-services stays, because of what is in it: configmap/kept"))
	c.Expect(c.remains()).To(ConsistOf("namespace/" + services))
	c.kubectlMust("delete", "configmap", "kept", "--namespace", services)
	printed, err = c.make("undeploy")
	c.Expect(err).NotTo(HaveOccurred(), printed)
	c.Expect(c.remains()).To(BeEmpty())
	c.Expect(c.terminating()).To(BeEmpty())
}

// removedWithOrphans: everything goes at once, and stays at the Manager.
func removedWithOrphans(c *cluster) {
	remote := use(c)
	printed, err := c.make("undeploy", "ORPHAN=yes")
	c.Expect(err).NotTo(HaveOccurred(), printed)
	c.Expect(printed).To(ContainSubstring("Letting go of 1 CloudifyDeployment\nLetting go of 1 CloudifyBlueprint\nLetting go of 1 CloudifyManager\n"))
	c.Expect(c.remains()).To(BeEmpty())
	c.Expect(c.terminating()).To(BeEmpty())
	c.Expect(remote.Deployments()).To(HaveLen(1))
}
