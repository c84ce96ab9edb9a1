// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// library is a web server with archives that can be put there later.
type library struct {
	url   string
	mu    sync.Mutex
	files map[string][]byte
}

func newLibrary(t *testing.T) *library {
	l := &library{files: map[string][]byte{}}
	l.url = testenv.Serve(t, l) + "/archives/"
	return l
}

func (l *library) put(name string, content []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files["/archives/"+name] = content
}

func (l *library) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	content, ok := l.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(content)
}

// allowing lets a CloudifyManager accept archives from a library.
func (l *library) allowing(m *v1alpha1.CloudifyManager) { m.Spec.ArchiveURLPrefixes = []string{l.url} }

func TestBlueprintFromAConfigMap(t *testing.T) {
	s := tell(t)
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.FromConfigMap("files"))
	s.create(b)
	s.eventually(b, testenv.BeWaiting(v1alpha1.ReasonSourceMissing, "ConfigMap "+s.name+"/files", "create it"))

	files := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "files"}, Data: cellar(t)}
	s.create(files)
	s.eventually(b, testenv.BeReady())
	first := b.Status.BlueprintID

	s.update(files, func() { files.Data = cellar(t, "A cellar in two parts", "Another cellar") })
	s.ask(b)
	s.Eventually(s.fresh(b)).Should(HaveField("Status.BlueprintID", Not(Equal(first))))
	s.Expect(b).To(testenv.BeReady())
	s.Expect(b.Status.Description).To(Equal("Another cellar"))
}

func TestBlueprintFromKeysOfAConfigMap(t *testing.T) {
	s := tell(t)
	types, template, found := strings.Cut(cellar(t)["blueprint.yaml"], "node_templates:")
	s.Expect(found).To(BeTrue())
	head, types, found := strings.Cut(types, "node_types:")
	s.Expect(found).To(BeTrue())
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.FromConfigMap("files",
		v1alpha1.KeyToPath{Key: "main", Path: "cellar.yaml"}, v1alpha1.KeyToPath{Key: "types", Path: "types/parts.yaml"}))
	b.Spec.MainFile = "cellar.yaml"
	files := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "files"}}
	files.Data = map[string]string{
		"main":   strings.Replace(head, "cloudify/types/types.yaml", "cloudify/types/types.yaml\n- types/parts.yaml", 1) + "node_templates:" + template,
		"unused": "this is left out",
	}
	s.create(files, b)
	s.eventually(b, testenv.BeWaiting(v1alpha1.ReasonSourceMissing, "no key types"))
	s.update(files, func() { files.BinaryData = map[string][]byte{"types": []byte("node_types:" + types)} })
	s.eventually(b, testenv.BeReady())
	s.Expect(b.Status.Capabilities).To(ConsistOf("url"))
}

func TestBlueprintFollowsAWatchedConfigMap(t *testing.T) {
	s := tellOf(t, startOperator(t, func(o *controllers.Options) { o.WatchReferences = true }))
	files := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.name, Name: "files"}, Data: cellar(t)}
	s.create(files)
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.FromConfigMap("files"))
	s.create(b)
	s.eventually(b, testenv.BeReady())

	s.update(files, func() { files.Data = cellar(t, "A cellar in two parts", "Another cellar") })
	s.Eventually(s.fresh(b)).Should(HaveField("Status.Description", "Another cellar"))
	s.eventually(b, testenv.BeReady())
}

func TestBlueprintFromAnArchive(t *testing.T) {
	shelf := newLibrary(t)
	shelf.put("cellar-1.0.zip", simulator.Zip(cellar(t)))
	s := tell(t)
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.FromURL(shelf.url+"cellar-1.0.zip"))
	s.create(b)
	s.eventually(b, testenv.BeWaiting(v1alpha1.ReasonURLNotAllowed, "CloudifyManager "+s.name, "its administrator can add a matching prefix", "spec.archiveURLPrefixes"))
	s.Expect(s.sim.Changes()).To(BeEmpty())

	s.update(s.manager, func() { shelf.allowing(s.manager) })
	s.eventually(b, testenv.BeReady())
	s.Expect(b.Status.Capabilities).To(ConsistOf("url"))

	shelf.put("cellar-1.1.tar.gz", simulator.TarGz(cellar(t, "A cellar in two parts", "Another cellar")))
	s.update(b, func() { b.Spec.Source.Archive.URL = shelf.url + "cellar-1.1.tar.gz" })
	s.eventually(b, testenv.BeReady())
	s.Expect(b.Status.Description).To(Equal("Another cellar"))
	s.Expect(s.remoteBlueprints()).To(HaveLen(2))
}

func TestBlueprintArchiveComesLater(t *testing.T) {
	shelf := newLibrary(t)
	s := tell(t, shelf.allowing)
	b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.FromURL(shelf.url+"cellar.zip"))
	s.create(b)
	s.eventually(b, testenv.BeStalled(v1alpha1.ReasonUploadFailed, "404 Client Error: Not Found for url: "+shelf.url+"cellar.zip"))

	shelf.put("cellar.zip", simulator.Zip(cellar(t)))
	s.consistently(b, testenv.BeStalled(v1alpha1.ReasonUploadFailed))
	s.ask(b)
	s.eventually(b, testenv.BeReady())
	s.Expect(b.Status.LastHandledRequest).To(Equal(v1alpha1.RequestedAt(b)))
	s.Expect(s.remoteBlueprints()).To(ConsistOf(b.Status.BlueprintID))
}

func TestBlueprintOfNoUse(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]struct {
		spoil  func(map[string]string)
		reason string
		words  []string
	}{
		"broken YAML": {
			func(files map[string]string) {
				files["blueprint.yaml"] = "tosca_definitions_version: [cloudify_dsl_1_4\ninputs: {"
			},
			v1alpha1.ReasonUploadFailed, []string{"the Manager refused blueprint ", "(invalid)", "Illegal yaml"},
		},
		"unknown type": {
			func(files map[string]string) {
				files["blueprint.yaml"] = strings.Replace(files["blueprint.yaml"], "derived_from: cloudify.nodes.Root", "derived_from: cloudify.nodes.Rot", 1)
			},
			v1alpha1.ReasonUploadFailed, []string{"the Manager refused blueprint ", "(invalid)", "cloudify.nodes.Rot"},
		},
		"import that is not there": {
			func(files map[string]string) {
				files["blueprint.yaml"] = strings.Replace(files["blueprint.yaml"], "- cloudify/types/types.yaml", "- cloudify/types/types.yaml\n- missing.yaml", 1)
			},
			v1alpha1.ReasonUploadFailed, []string{"the Manager refused blueprint ", "missing.yaml"},
		},
		"missing main file": {
			func(files map[string]string) {
				files["cellar.yaml"] = files["blueprint.yaml"]
				delete(files, "blueprint.yaml")
			},
			v1alpha1.ReasonInvalidSource, []string{"main file blueprint.yaml is not among the files (cellar.yaml)", "spec.mainFile"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			files := cellar(t)
			story.spoil(files)
			b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.Inline(files))
			s.create(b)
			s.eventually(b, testenv.BeStalled(story.reason, story.words...))
			s.Expect(b.Status.BlueprintID).To(BeEmpty())
			d := s.deployment("shop", nil)
			s.create(d)
			s.eventually(d, testenv.BeWaiting(v1alpha1.ReasonBlueprintNotReady, story.reason, "see its status"))

			// A new spec mends the blueprint, and frees what waits for it.
			s.update(b, func() { testenv.Inline(cellar(t))(b) })
			s.eventually(b, testenv.BeReady())
			s.eventually(d, testenv.BeReady())
			s.delete(d, b)
			s.gone(d, b)
			s.Expect(s.remoteBlueprints()).To(BeEmpty(), "what failed leaves, too")
		})
	}
}

func TestArchiveOfNoUse(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]struct {
		content  []byte
		mainFile string
		words    []string
	}{
		"no archive":        {[]byte("this is no archive"), "", []string{"could not fetch or unpack blueprint ", "(failed_uploading)", "archive"}},
		"missing main file": {simulator.Zip(map[string]string{"other.yaml": "x: y"}), "", []string{"could not unpack blueprint ", "(failed_extracting)", "blueprint.yaml"}},
		"other main file":   {simulator.Zip(cellar(t)), "cellar.yaml", []string{"could not unpack blueprint ", "(failed_extracting)", "cellar.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			shelf := newLibrary(t)
			shelf.put("cellar.zip", story.content)
			s := tell(t, shelf.allowing)
			b := testenv.Blueprint(s.name, "cellar", testenv.At(s.name), testenv.FromURL(shelf.url+"cellar.zip"))
			b.Spec.MainFile = story.mainFile
			s.create(b)
			s.eventually(b, testenv.BeStalled(v1alpha1.ReasonUploadFailed, story.words...))
		})
	}
}
