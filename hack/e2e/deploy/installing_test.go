// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// docs/installing.md and the moves of docs/migrating.md hold: whoever pastes their commands gets what they say, on the way in, when
// things change, and on each way out. Pods run on a node that is none, as processes. Only what makes and pushes the image is left out.
func TestInstallingHolds(t *testing.T) {
	c := newCluster(t, true)
	env.StartNode(t)
	r := newReader(c, "installing.md", "migrating.md")

	r.deploysWithKustomize()
	noted := r.deploysAnOverlay()
	r.installsWithHelm(noted)
	r.rescues()
	c.Expect(r.unread()).To(ConsistOf("The image 1", "The image 2", "The image 3"))
}

// deploysWithKustomize: the operator comes, serves, changes and goes.
func (r *reader) deploysWithKustomize() {
	r.c.t.Helper()
	r.follow("With kustomize", 1)
	r.follow("Connect a Manager", 1, 2)
	r.follow("The endpoint for platforms", 1, 2)
	r.rollsOut(1)
	r.follow("Two replicas", 1)
	r.rollsOut(2)
	r.follow("A proxy", 1)
	r.follow("Upgrade", 1)
	r.rollsOut(2)
	for _, manager := range r.containers() {
		r.c.Expect(manager.Image).To(HaveSuffix(":v2"))
		r.c.Expect(manager.Env).To(ContainElement(HaveField("Name", "HTTPS_PROXY")), "make deploy leaves variables alone")
	}
	r.follow("Remove", 1)
	r.c.Expect(r.remote.Deployments()).To(BeEmpty())
	r.c.Expect(r.c.remains()).To(BeEmpty())
	r.c.Expect(r.c.terminating()).To(BeEmpty())
}

// deploysAnOverlay: what it deployed is released, and noted to be adopted elsewhere.
func (r *reader) deploysAnOverlay() (noted []string) {
	r.c.t.Helper()
	r.follow("With kustomize", 2)
	r.rollsOut(2)
	r.follow("Connect a Manager", 1)
	r.deploys()
	noted = strings.Fields(r.shell(r.passage("To another cluster", 1).commands))
	r.follow("Remove", 5)
	r.c.Expect(r.remote.Deployments()).To(HaveLen(1))
	r.c.Expect(r.c.remains()).To(BeEmpty())
	return noted
}

// installsWithHelm: what was noted is adopted; the release is refused to go, then goes, and goes once more with everything released.
func (r *reader) installsWithHelm(noted []string) {
	r.c.t.Helper()
	r.follow("With Helm", 1)
	r.rollsOut(2)
	r.follow("Connect a Manager", 1)
	r.adopts(noted)
	r.follow("Upgrade", 2)
	r.rollsOut(2)
	r.isRefused("Remove", 3)
	r.follow("Remove", 4)
	ordered, undeploy, _ := strings.Cut(r.passage("Remove", 1).commands, "make undeploy")
	r.c.Expect(undeploy).To(Equal("\n"), "that is the last command, and Helm's stands in its place")
	r.shell(ordered)
	r.follow("Remove", 2)
	r.c.Eventually(r.containers).Should(BeEmpty())
	r.shell("kubectl delete namespace " + operatorNamespace)
	r.follow("With Helm", 1)
	r.c.Expect(r.remote.Deployments()).To(BeEmpty(), "what was adopted is deleted as its policy says")
	r.follow("Connect a Manager", 1)
	r.deploys()
	r.follow("Remove", 6)
	r.c.Expect(r.remote.Deployments()).To(HaveLen(1))
	r.c.Expect(r.objects()).To(BeEmpty())
	r.shell("kubectl delete namespace " + operatorNamespace)
}

// rescues: the operator is gone, and comes again to let go of what is Terminating; then it is gone for good.
func (r *reader) rescues() {
	r.c.t.Helper()
	r.follow("With kustomize", 1)
	r.follow("Connect a Manager", 1)
	r.deploys()
	r.shell("kubectl delete deployment " + name + " -n " + operatorNamespace + " --cascade=foreground")
	r.shell("kubectl delete cfyd,cfyb --all -A --wait=false")
	r.follow("Rescue", 1)
	r.follow("With kustomize", 1)
	r.c.Eventually(r.objects).Should(HaveLen(1), "only the CloudifyManager is left")
	r.c.Expect(r.remote.Deployments()).To(HaveLen(1))

	r.deploys()
	r.shell("kubectl delete deployment " + name + " -n " + operatorNamespace + " --cascade=foreground")
	r.follow("Rescue", 2)
	r.c.Expect(r.objects()).To(BeEmpty())
	r.c.Expect(r.remote.Deployments()).To(HaveLen(1))
	r.shell("make undeploy")
	r.c.Expect(r.c.remains()).To(BeEmpty())
	r.c.Expect(r.c.terminating()).To(BeEmpty())
}

// deploys leaves a blueprint and a deployment. What was released before is removed at the Manager first: one of the same name would not be
// installed beside it.
func (r *reader) deploys() {
	r.c.t.Helper()
	for _, released := range r.remote.Deployments() {
		r.remote.RemoveDeployment(released.ID)
	}
	test := r.passage("Connect a Manager", 2).commands
	apply, _, found := strings.Cut(test, "kubectl get secret")
	r.c.Expect(found).To(BeTrue(), test)
	r.shell(apply)
}

// adopts takes over what was left at the Manager: noted are the columns that a reader was told to note.
func (r *reader) adopts(noted []string) {
	r.c.t.Helper()
	r.c.Expect(noted).To(HaveLen(8), "four columns with their heads")
	r.c.Expect(noted[4:6]).To(Equal([]string{"default", "hello"}))
	deployment, blueprint := noted[6], noted[7]
	r.remote.SetLabels(deployment, map[string][]string{v1alpha1.RemoteLabelAdoptableBy: {"default"}})
	file := filepath.Join(r.passage("To another cluster", 2).folder, "adopted.yaml")
	text, err := os.ReadFile(file)
	r.c.Expect(err).NotTo(HaveOccurred())
	text = regexp.MustCompile(`(deploymentID:) \S+`).ReplaceAll(text, []byte("$1 "+deployment))
	text = regexp.MustCompile(`(blueprintID:) \S+`).ReplaceAll(text, []byte("$1 "+blueprint))
	r.c.Expect(os.WriteFile(file, text, 0o600)).To(Succeed())
	r.follow("To another cluster", 2)
	r.c.Expect(r.remote.Deployments()).To(HaveLen(1), "the deployment is still the same")
}

// isRefused: the first command of a passage fails with what is shown, and the others explain it.
func (r *reader) isRefused(chapter string, number int) {
	r.c.t.Helper()
	p := r.passage(chapter, number)
	refused, explain, _ := strings.Cut(p.commands, "\n")
	printed, err := r.try(refused)
	r.c.Expect(err).To(HaveOccurred(), refused)
	r.c.Expect(printed).To(ContainSubstring(strings.TrimSpace(p.shown)))
	r.c.Expect(r.shell(explain)).To(And(ContainSubstring("1. 1 CloudifyDeployment: default/hello"), ContainSubstring("3. 1 CloudifyManager: default")))
}

// objects are those of the operator's kinds.
func (r *reader) objects() (all []string) {
	r.c.t.Helper()
	return strings.Fields(r.shell("kubectl get cfybind,cfyd,cfyb,cfym -A -o name"))
}
