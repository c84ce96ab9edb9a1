// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// Where the documents say that archives are, the Manager and the OSB endpoint.
const (
	artifacts       = "https://artifacts.example.com"
	managerEndpoint = "https://manager.example.com"
	osbEndpoint     = "https://cloudify-operator-osb.cloudify-operator-system.svc"
)

// The documents hold, from their first line to their last: each example applies as it stands, each command succeeds and
// prints what is said to be its output. Objects become what the commands after an example wait for, without any Ready.
func TestDocumentsHold(t *testing.T) {
	e := openEndpoint(t)
	o := startOperator(t, e.flags()...)
	for _, password := range documentedSecrets {
		o.mustNotLog(password)
	}
	for _, name := range []string{"managers.md", "blueprints.md", "deployments.md", "bindings.md", "executions.md", "broker.md"} {
		t.Run(name, func(t *testing.T) { newReader(t, o.namespace, e.url).follow(name) })
	}
}

// documentedSecrets are the passwords that the documents give.
var documentedSecrets = []string{
	"sour-grapes-1887", "sweet-grapes-1888", "ripe-grapes-1889", "late-grapes-1890", "deep-cellar-1891", "late-cellar-1892",
	"cork-and-barrel-1893", "ctok-7f6e5d4c",
}

// reader follows a document, in a cluster and at a Manager that have what it presupposes.
type reader struct {
	*WithT
	t       *testing.T
	kubectl kubectl
	remote  *testenv.RemoteManager
	// archives, manager and endpoint are the URLs of what artifacts, managerEndpoint and osbEndpoint stand for.
	archives, manager, endpoint string
	// desk is the folder in which the reader works, standIns that of commands which the machine may lack.
	desk, standIns string
	// happenings are what others do at the Manager.
	happenings map[string]func()
}

func newReader(t *testing.T, operatorNamespace, endpoint string) *reader {
	t.Helper()
	r := &reader{
		WithT: NewWithT(t), t: t, kubectl: newKubectl(t), endpoint: endpoint, desk: t.TempDir(), standIns: t.TempDir(),
		remote: testenv.StartManager(t, simulator.Options{Username: "admin", Password: password}),
	}
	if _, err := exec.LookPath("curl"); err != nil {
		built, err := exec.Command("go", "build", "-o", r.standIns, "../cmd/curl").CombinedOutput()
		r.Expect(err).NotTo(HaveOccurred(), string(built))
	}
	cellar := read(t, "testdata/docs/nodecellar.yaml")
	archive, newer := archiveOf(cellar), archiveOf(strings.Replace(cellar, "release 1.2", "release 1.3", 1))
	r.archives = testenv.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/blueprints/nodecellar-1.2.zip" {
			http.NotFound(w, req)
			return
		}
		_, _ = w.Write(archive)
	}))

	r.manager = r.behindTLS()

	r.Expect(r.remote.AddBlueprint("nodecellar-1.2", archive, "")).To(Succeed())
	r.Expect(r.remote.AddBlueprint("nodecellar-1.3", newer, "")).To(Succeed())
	r.Expect(r.remote.AddDeployment("old-cellar", "nodecellar-1.3", map[string]any{"owner": "old@example.com", "port": 8019}, nil)).To(Succeed())
	r.remote.Install("old-cellar")
	r.happenings = map[string]func(){
		"old-cellar is labelled": func() {
			r.remote.SetLabels("old-cellar", map[string][]string{v1alpha1.RemoteLabelAdoptableBy: {"shop"}})
		},
		"the next install fails":           func() { r.remote.FailWorkflow("install", "no quota left in region east", 1) },
		"the next backup fails":            func() { r.remote.FailWorkflow("backup", "the bucket is full", 1) },
		"the next uninstall fails":         func() { r.remote.FailWorkflow("uninstall", "host does not answer", 1) },
		"the password is late-cellar-1892": func() { r.remote.SetPassword("late-cellar-1892") },
	}

	for _, crds := range []string{"servicebinding-crd.yaml", "platform-crds.yaml"} {
		r.kubectl.apply([]byte(read(t, "testdata/docs/"+crds)))
	}
	namespace := func(name string) client.Object { return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}} }
	for _, o := range []client.Object{
		namespace("shop"), namespace("cf"), testenv.Credentials(operatorNamespace, "default", "admin", password),
		testenv.Manager("default", r.remote.URL, func(m *v1alpha1.CloudifyManager) { m.Spec.BlueprintNamespaces = nil }),
	} {
		if err := env.Client.Create(t.Context(), o); !apierrors.IsAlreadyExists(err) {
			r.Expect(err).NotTo(HaveOccurred())
		}
	}
	t.Cleanup(r.cleanUp)
	return r
}

// archiveOf has the scripts of the blueprint's workflows beside it: a backup takes a moment, and a restore as long as nobody ends it.
func archiveOf(blueprint string) []byte {
	return simulator.Zip(map[string]string{
		"blueprint.yaml":     blueprint,
		"scripts/backup.py":  "# simulate: {duration: 0.5}\n",
		"scripts/restore.py": "# simulate: {duration: 100000, heeds_cancel: true}\n",
	})
}

// behindTLS serves the Manager with a certificate that nobody trusts yet. Its authority is ca.crt, as a reader has it.
func (r *reader) behindTLS() string {
	server := httptest.NewUnstartedServer(r.remote)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are meant to fail
	server.StartTLS()
	r.t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	r.Expect(os.WriteFile(filepath.Join(r.desk, "ca.crt"), authority, 0o600)).To(Succeed())
	return server.URL
}

// follow does what a document tells to do.
func (r *reader) follow(name string) {
	r.t.Helper()
	text := strings.NewReplacer(artifacts, r.archives, managerEndpoint, r.manager, osbEndpoint, r.endpoint, "username: kubernetes", "username: admin",
		"deep-cellar-1891", password).Replace(read(r.t, repositoryPath(r.t, "docs", name)))
	passages, err := readDocument(text)
	r.Expect(err).NotTo(HaveOccurred(), name)
	printed := ""
	count := map[passageKind]int{}
	for i, p := range passages {
		where := fmt.Sprintf("%s, line %d", name, p.line)
		count[p.kind]++
		switch p.kind {
		case example:
			waited := i+1 < len(passages) && passages[i+1].kind == commands
			err = r.apply(p.text, !waited)
		case commands:
			printed, err = r.shell(p.text)
		case output:
			r.Expect(steady(printed)).To(Equal(steady(p.text)), "%s: what is printed is\n%s", where, printed)
		case happening:
			r.Expect(r.happenings).To(HaveKey(p.text), where)
			r.happenings[p.text]()
		case sight:
		}
		if err != nil {
			r.t.Fatalf("%s: %v\n%s", where, err, r.state())
		}
	}
	r.Expect(count[example]).To(BeNumerically(">", 3), "examples found in %s", name)
	r.Expect(count[output]).To(BeNumerically(">", 3), "outputs found in %s", name)
}

// apply applies an example, and waits for what it has of ours to become ready.
func (r *reader) apply(manifest string, wait bool) error {
	if _, err := r.kubectl.try([]byte(manifest), "apply", "--validate=strict", "--filename", "-"); err != nil {
		return err
	}
	objects, err := decode([]byte(manifest))
	for _, o := range objects {
		if wait && err == nil && o.GroupVersionKind().Group == v1alpha1.GroupVersion.Group {
			_, err = r.kubectl.try(nil, on(o, "wait", "--for=condition=Ready", "--timeout=60s")...)
		}
	}
	return err
}

// shell runs commands as somebody would who has the kubectl of bin/controlplane.
func (r *reader) shell(script string) (string, error) {
	ctx, stop := context.WithTimeout(r.t.Context(), patience)
	defer stop()
	cmd := exec.CommandContext(ctx, "sh", "-eu", "-c", script)
	cmd.WaitDelay, cmd.Dir = time.Second, r.desk
	cmd.Env = []string{
		"PATH=" + strings.Join([]string{filepath.Dir(r.kubectl.binary), os.Getenv("PATH"), r.standIns}, string(os.PathListSeparator)),
		"KUBECONFIG=" + r.kubectl.kubeconfig, "HOME=" + r.kubectl.cache,
	}
	var printed, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &problem
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w of\n%s%s%s", err, script, printed.String(), problem.String())
	}
	return printed.String(), nil
}

// state is what there is, for a person to see why a document does not hold.
func (r *reader) state() string {
	shown, err := r.kubectl.try(nil, "get", "cloudify,cloudifymanagers", "--all-namespaces", "--output", "wide")
	if err != nil {
		return err.Error()
	}
	return shown
}

// cleanUp deletes what a document leaves, which must be possible however it ended. There is nobody to collect the outputs
// Secrets that their owners leave behind.
func (r *reader) cleanUp() {
	ctx := context.Background() // that of the test is over
	orphan := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"deletionPolicy":"Orphan"}}`))
	for _, list := range []client.ObjectList{
		&v1alpha1.CloudifyExecutionList{}, &v1alpha1.CloudifyDeploymentList{}, &v1alpha1.CloudifyBlueprintList{}, &v1alpha1.CloudifyManagerList{},
	} {
		r.Expect(env.Client.List(ctx, list)).To(Succeed())
		r.Expect(meta.EachListItem(list, func(item runtime.Object) error {
			o := item.(client.Object)
			if o.GetNamespace() != "" {
				r.Expect(client.IgnoreNotFound(env.Client.Patch(ctx, o, orphan))).To(Succeed())
			}
			return client.IgnoreNotFound(env.Client.Delete(ctx, o))
		})).To(Succeed())
		r.Eventually(func() (int, error) {
			err := env.Client.List(ctx, list)
			return meta.LenList(list), err
		}).WithTimeout(patience).WithPolling(50*time.Millisecond).Should(BeZero(), "%T", list)
	}
	r.Expect(env.Client.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(install(r.t).namespace), client.MatchingFields{"metadata.name": "manager-ca"})).To(Succeed())
	for _, namespace := range []string{"shop", "cloudify-services"} {
		r.Expect(env.Client.DeleteAllOf(ctx, &v1alpha1.CloudifyBinding{}, client.InNamespace(namespace))).To(Succeed())
		r.Expect(env.Client.DeleteAllOf(ctx, &corev1.Secret{}, client.InNamespace(namespace))).To(Succeed())
	}
}
