// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

const (
	// password is that of every Manager's account, and hiddenInput what is given for a blueprint's hidden input. Neither
	// may ever be in a log.
	password    = "pw-9f86d081884c7d65"
	hiddenInput = "hidden-2c26b46b68ffc68f"
)

// timeScale is how much faster time runs at the Managers.
const timeScale = 20.0

// story has a Manager for itself, with a door before it, a namespace, and names for what it creates.
type story struct {
	*WithT
	t        *testing.T
	operator *operator

	manager *simulator.Simulator
	door    *door

	// Name is that of the namespace, of the CloudifyManager and of its Secret.
	Name string
	// Endpoint is the Manager's URL.
	Endpoint string
	// HiddenInput is a value that nobody may see.
	HiddenInput string
	// InstallSeconds and UninstallSeconds are how long the workflows of shop.yaml take, by the Manager's clock.
	InstallSeconds, UninstallSeconds int
}

// newStory starts a Manager and creates the Secret to log in with.
func newStory(t *testing.T, o *operator) *story {
	t.Helper()
	return newStoryAtPace(t, o, timeScale)
}

// newStoryAtPace is newStory with a Manager whose clock runs so many times as fast as ours.
func newStoryAtPace(t *testing.T, o *operator, scale float64) *story {
	t.Helper()
	return newStoryAt(t, o, simulator.Options{TimeScale: scale})
}

// newStoryAt is newStory with a Manager of another kind.
func newStoryAt(t *testing.T, o *operator, options simulator.Options) *story {
	t.Helper()
	options.Username, options.Password = "admin", password
	manager := simulator.New(options)
	door := &door{manager: manager}
	s := &story{
		WithT: NewWithT(t), t: t, operator: o, manager: manager, door: door,
		Name: env.Namespace(t), Endpoint: testenv.Serve(t, door), HiddenInput: hiddenInput, InstallSeconds: 20, UninstallSeconds: 10,
	}
	s.SetDefaultEventuallyTimeout(patience)
	s.SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	s.Expect(env.Client.Create(t.Context(), testenv.Credentials(o.namespace, s.Name, "admin", password))).To(Succeed())
	t.Cleanup(func() { release(s.objects()) })
	return s
}

// shop is a manifest with a CloudifyManager, a CloudifyBlueprint and a CloudifyDeployment of the story.
func (s *story) shop() []byte {
	s.t.Helper()
	return s.render(filepath.Join("testdata", "shop.yaml"))
}

// render is a manifest of testdata with the story's names.
func (s *story) render(path string) []byte {
	s.t.Helper()
	tmpl, err := template.New(path).Funcs(template.FuncMap{"indent": indent}).Parse(read(s.t, path))
	s.Expect(err).NotTo(HaveOccurred())
	var out bytes.Buffer
	s.Expect(tmpl.Execute(&out, s)).To(Succeed())
	return out.Bytes()
}

// indent gives every line of a file of testdata the same indentation.
func indent(spaces int, name string) (string, error) {
	text, err := os.ReadFile(filepath.Join("testdata", name))
	margin := strings.Repeat(" ", spaces)
	return strings.ReplaceAll(strings.TrimRight(string(text), "\n"), "\n", "\n"+margin), err
}

// create creates the objects of a manifest, without kubectl's overhead.
func (s *story) create(manifest []byte) {
	s.t.Helper()
	objects, err := decode(manifest)
	s.Expect(err).NotTo(HaveOccurred())
	for _, o := range objects {
		s.Expect(env.Client.Create(s.t.Context(), o)).To(Succeed())
	}
}

func (s *story) cloudifyManager() (*v1alpha1.CloudifyManager, error) {
	m := &v1alpha1.CloudifyManager{}
	return m, env.Client.Get(s.t.Context(), client.ObjectKey{Name: s.Name}, m)
}

func (s *story) deployment() (*v1alpha1.CloudifyDeployment, error) {
	d := &v1alpha1.CloudifyDeployment{}
	return d, env.Client.Get(s.t.Context(), client.ObjectKey{Namespace: s.Name, Name: "shop"}, d)
}

// awaitReady waits until the deployment says Ready, and returns it.
func (s *story) awaitReady() *v1alpha1.CloudifyDeployment {
	s.t.Helper()
	s.Eventually(s.deployment).Should(testenv.BeReady())
	d, err := s.deployment()
	s.Expect(err).NotTo(HaveOccurred())
	return d
}

// awaitInstall waits until part of the service is installed, or all of it.
func (s *story) awaitInstall() *v1alpha1.CloudifyDeployment {
	s.t.Helper()
	var d *v1alpha1.CloudifyDeployment
	s.Eventually(func() (_ bool, err error) {
		d, err = s.deployment()
		e := d.Status.Execution
		return d.IsReady() || e != nil && e.Workflow == "install" && e.FinishedOperations > 0, err
	}).Should(BeTrue(), func() string { return "The install should have begun:\n    " + testenv.Describe(d) })
	return d
}

// deleteAll asks for the end of all that shop.yaml created, at once.
func (s *story) deleteAll() {
	s.t.Helper()
	for _, o := range s.objects() {
		s.Expect(client.IgnoreNotFound(env.Client.Delete(s.t.Context(), o))).To(Succeed())
	}
}

// awaitGone waits until nothing is left, neither in Kubernetes nor at the Manager.
func (s *story) awaitGone() {
	s.t.Helper()
	for _, o := range s.objects() {
		s.Eventually(func() bool {
			return apierrors.IsNotFound(env.Client.Get(s.t.Context(), client.ObjectKeyFromObject(o), o))
		}).Should(BeTrue(), func() string { return "It should be gone:\n    " + testenv.Describe(o) })
	}
	s.Expect(s.manager.Deployments()).To(BeEmpty())
	s.Expect(s.manager.Blueprints()).To(BeEmpty())
}

func (s *story) objects() []testenv.Object {
	meta := metav1.ObjectMeta{Namespace: s.Name, Name: "shop"}
	return []testenv.Object{
		&v1alpha1.CloudifyDeployment{ObjectMeta: meta},
		&v1alpha1.CloudifyBlueprint{ObjectMeta: meta},
		&v1alpha1.CloudifyManager{ObjectMeta: metav1.ObjectMeta{Name: s.Name}},
	}
}

// executions are those of the deployment at the Manager, of one workflow.
func (s *story) executions(deploymentID, workflow string) (found []simulator.Execution) {
	for _, e := range s.manager.Executions(deploymentID) {
		if e.Workflow == workflow {
			found = append(found, e)
		}
	}
	return found
}

// starts is how many executions somebody tried to start, the refused ones included.
func (s *story) starts() int {
	count := 0
	for _, change := range s.manager.Changes() {
		if change.Route == "POST executions" {
			count++
		}
	}
	return count
}

// read is the content of a file.
func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
