// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

const (
	// storyLabel says which story an object is of.
	storyLabel = "test-story"
	// password is that of every Manager's account, and hidden a value of a hidden input.
	password, hidden = "pw-9f86d081884c7d65", "hidden-2c26b46b68ffc68f"
	// patience is how long a story waits for something that must happen.
	patience = 60 * time.Second
)

// story has a Manager for itself, with a CloudifyManager and a namespace of one name.
type story struct {
	*WithT
	t        *testing.T
	operator *operator
	sim      *testenv.RemoteManager
	name     string
	manager  *v1alpha1.CloudifyManager
	// release is the Manager's; "" is the newest.
	release string
	// abandoned: the story ends without deleting its objects, because the operator that saw them is gone.
	abandoned bool
}

// begin makes a story with a Manager, of which Kubernetes knows only the Secret to log in with.
func begin(t *testing.T, o *operator) *story {
	t.Helper()
	t.Parallel()
	if o == nil {
		o = everybodys
	}
	return newStory(t, o)
}

func newStory(t *testing.T, o *operator) *story {
	t.Helper()
	return newStoryOf(t, o, "")
}

// newStoryOf has a Manager of a release.
func newStoryOf(t *testing.T, o *operator, release string) *story {
	t.Helper()
	s := &story{
		WithT: NewWithT(t), t: t, operator: o, name: env.Namespace(t), release: release,
		sim: testenv.StartManager(t, simulator.Options{Release: release, Username: "admin", Password: password, OperationDuration: time.Millisecond}),
	}
	s.SetDefaultEventuallyTimeout(patience)
	s.SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	s.manager = testenv.Manager(s.name, s.sim.URL)
	t.Cleanup(s.end)
	s.create(testenv.Credentials(o.namespace, s.name, "admin", password))
	return s
}

// another is a story with another Manager, within this one.
func (s *story) another() *story {
	s.t.Helper()
	return newStory(s.t, s.operator)
}

// tell is begin with a CloudifyManager that is connected.
func tell(t *testing.T, change ...func(*v1alpha1.CloudifyManager)) *story {
	t.Helper()
	return tellOf(t, nil, change...)
}

func tellOf(t *testing.T, o *operator, change ...func(*v1alpha1.CloudifyManager)) *story {
	t.Helper()
	s := begin(t, o)
	for _, c := range change {
		c(s.manager)
	}
	s.connect()
	return s
}

// connect creates the CloudifyManager and waits until it is connected.
func (s *story) connect() {
	s.t.Helper()
	s.create(s.manager)
	s.eventually(s.manager, testenv.BeReady())
}

// create creates objects for the story's operator to see.
func (s *story) create(objects ...client.Object) {
	s.t.Helper()
	for _, o := range objects {
		s.adopt(o)
		s.Expect(env.Client.Create(s.t.Context(), o)).To(Succeed())
	}
}

// adopt labels an object as this story's.
func (s *story) adopt(o client.Object) {
	marks := o.GetLabels()
	if marks == nil {
		marks = map[string]string{}
	}
	marks[operatorLabel], marks[storyLabel] = s.operator.namespace, s.name
	o.SetLabels(marks)
}

// insistence is how long update retries: longer than others write the same object, on a slow machine too.
var insistence = wait.Backoff{Duration: 20 * time.Millisecond, Factor: 1, Jitter: 1, Steps: 1000}

// update changes an object as it is now.
func (s *story) update(o client.Object, change func()) {
	s.t.Helper()
	s.Expect(retry.RetryOnConflict(insistence, func() error {
		s.fetch(o)
		change()
		return env.Client.Update(s.t.Context(), o)
	})).To(Succeed())
}

// delete deletes objects, and does not wait for their end.
func (s *story) delete(objects ...client.Object) {
	s.t.Helper()
	for _, o := range objects {
		s.Expect(env.Client.Delete(s.t.Context(), o)).To(Succeed())
	}
}

// fetch reads an object as the API server has it now.
func (s *story) fetch(o client.Object) {
	s.t.Helper()
	s.Expect(env.Client.Get(s.t.Context(), client.ObjectKeyFromObject(o), o)).To(Succeed())
}

// ask requests a retry, as a person does, and returns the annotation's value.
func (s *story) ask(o client.Object) {
	s.t.Helper()
	s.update(o, func() {
		annotations := o.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[v1alpha1.RequestedAtAnnotation] = time.Now().Format(time.RFC3339Nano)
		o.SetAnnotations(annotations)
	})
}

// eventually waits until an object is as matcher wants it. The object is then as the API server has it.
func (s *story) eventually(o testenv.Object, matcher types.GomegaMatcher) {
	s.t.Helper()
	s.Eventually(s.fresh(o)).Should(matcher)
}

// consistently makes sure that an object stays as matcher wants it, for a few polls of the Manager.
func (s *story) consistently(o testenv.Object, matcher types.GomegaMatcher) {
	s.t.Helper()
	s.Consistently(s.fresh(o)).WithTimeout(2 * time.Second).WithPolling(100 * time.Millisecond).Should(matcher)
}

func (s *story) fresh(o testenv.Object) func() (testenv.Object, error) {
	return func() (testenv.Object, error) {
		return o, env.Client.Get(s.t.Context(), client.ObjectKeyFromObject(o), o)
	}
}

// reasons are those of an object's events.
func (s *story) reasons(o client.Object) func() []string {
	return func() (reasons []string) {
		for _, event := range env.Events(s.t, o) {
			reasons = append(reasons, event.Reason)
		}
		return reasons
	}
}

// gone waits until Kubernetes has the objects no more.
func (s *story) gone(objects ...testenv.Object) {
	s.t.Helper()
	for _, o := range objects {
		s.Eventually(func() bool {
			return apierrors.IsNotFound(env.Client.Get(s.t.Context(), client.ObjectKeyFromObject(o), o))
		}).Should(BeTrue(), func() string { return "it should be gone: " + testenv.Describe(o) })
	}
}

// namespace makes another namespace.
func (s *story) namespace(labels map[string]string) *corev1.Namespace {
	s.t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-", Labels: labels}}
	s.create(ns)
	return ns
}

// cellar is the file testdata/cellar.yaml as a blueprint's files, with texts replaced by others.
func cellar(t *testing.T, oldnew ...string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/cellar.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(string(text), oldnew[i]) {
			t.Fatalf("testdata/cellar.yaml has no %q to replace", oldnew[i])
		}
	}
	return map[string]string{"blueprint.yaml": strings.NewReplacer(oldnew...).Replace(string(text))}
}

// blueprint creates a CloudifyBlueprint of the cellar, ready to be deployed.
func (s *story) blueprint(options ...func(*v1alpha1.CloudifyBlueprint)) *v1alpha1.CloudifyBlueprint {
	s.t.Helper()
	b := testenv.Blueprint(s.name, "cellar", append([]func(*v1alpha1.CloudifyBlueprint){testenv.At(s.name), testenv.Inline(s.cellar())}, options...)...)
	s.create(b)
	s.eventually(b, testenv.BeReady())
	return b
}

// deployment is a CloudifyDeployment of the cellar, not created yet.
func (s *story) deployment(name string, values map[string]any, options ...func(*v1alpha1.CloudifyDeployment)) *v1alpha1.CloudifyDeployment {
	return testenv.Deployment(s.name, name, "cellar",
		append([]func(*v1alpha1.CloudifyDeployment){testenv.Inputs(map[string]any{"name": name}), testenv.Inputs(values)}, options...)...)
}

// installed creates a CloudifyDeployment of the cellar and waits until it is ready.
func (s *story) installed(name string) *v1alpha1.CloudifyDeployment {
	s.t.Helper()
	d := s.deployment(name, nil)
	s.create(d)
	s.eventually(d, testenv.BeReady())
	return d
}

// remoteID is the ID that a deployment has at the Manager.
func remoteID(d *v1alpha1.CloudifyDeployment) string { return "k8s-" + string(d.UID) }

// remote is the deployment at the Manager.
func (s *story) remote(d *v1alpha1.CloudifyDeployment) simulator.Deployment {
	s.t.Helper()
	remote, found := s.sim.Deployment(remoteID(d))
	s.Expect(found).To(BeTrue(), "the Manager should have %s", remoteID(d))
	return remote
}

// executions are those of a workflow on a deployment, by creation.
func (s *story) executions(d *v1alpha1.CloudifyDeployment, workflow string) (found []simulator.Execution) {
	for _, e := range s.sim.Executions(remoteID(d)) {
		if e.Workflow == workflow {
			found = append(found, e)
		}
	}
	return found
}

// changes are what the operator changed by way of a route, "PUT deployments".
func (s *story) changes(route string) (found []simulator.Change) {
	for _, c := range s.sim.Changes() {
		if c.Route == route {
			found = append(found, c)
		}
	}
	return found
}

// plainly returns a value as JSON decodes it.
func plainly(value any) (plain any) {
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err != nil {
		panic(err)
	}
	return plain
}
